import { useRef } from "react";
import { Input, Label, TextField, Toolbar } from "react-aria-components";
import { useLanguage } from "../i18n";
import { BOX, FIELD, INPUT, LABEL, LATIN_INPUT, Notes } from "../ui/Field";
import { EraseIcon } from "../ui/icons";
import { MAX_PHONEMES_LENGTH } from "./dictionary";
import { INVENTORY, withoutLastPhoneme } from "./pronunciation";

interface PhonemeFieldProps {
  value: string;
  onChange: (value: string) => void;
}

/** Phonemes, typed or chosen. */
export function PhonemeField({ value, onChange }: PhonemeFieldProps) {
  const { t } = useLanguage();
  const input = useRef<HTMLInputElement>(null);

  /** Where the cursor is, which stays behind the symbol. */
  function insert(symbol: string) {
    const field = input.current;
    if (field === null || codeUnits(field, symbol) > MAX_PHONEMES_LENGTH) return;
    field.setRangeText(symbol, field.selectionStart ?? value.length, field.selectionEnd ?? value.length, "end");
    onChange(field.value);
  }

  return (
    <div className="flex flex-col gap-3">
      <TextField
        name="phonemes"
        value={value}
        onChange={onChange}
        maxLength={MAX_PHONEMES_LENGTH}
        validate={(phonemes) => (phonemes.trim() === "" ? t.text.editor.missing : undefined)}
        className={FIELD}
      >
        <Label className={LABEL}>{t.text.editor.phonemes}</Label>
        <div className={`${BOX} flex items-center`}>
          <Input
            ref={input}
            dir="ltr"
            lang="und-fonipa"
            spellCheck={false}
            autoCapitalize="none"
            autoCorrect="off"
            autoComplete="off"
            className={`${INPUT} font-ipa text-lg ${LATIN_INPUT}`}
          />
          <button
            type="button"
            aria-label={t.text.editor.removeLast}
            title={t.text.editor.removeLast}
            onClick={() => onChange(withoutLastPhoneme(value))}
            className="me-1 grid size-9 place-items-center rounded-lg text-muted hover:bg-sunken hover:text-ink"
          >
            <EraseIcon />
          </button>
        </div>
        <Notes hint={t.text.editor.phonemesHint} />
      </TextField>
      <Toolbar aria-label={t.text.editor.inventory} dir="ltr" className="grid grid-cols-6 gap-1 sm:grid-cols-8">
        {INVENTORY.map(([symbol, word]) => (
          <button
            key={symbol}
            type="button"
            aria-label={t.text.editor.like(symbol, word)}
            title={t.text.editor.like(symbol, word)}
            // The field keeps the focus and the cursor where the pointer chooses symbols.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => insert(symbol)}
            className="flex min-h-12 flex-col items-center justify-center rounded-lg border border-line bg-raised leading-5 hover:border-line-strong"
          >
            <span className="font-ipa text-base">{symbol}</span>
            <span lang="fa" className="text-[0.7rem] text-muted">
              {word}
            </span>
          </button>
        ))}
      </Toolbar>
    </div>
  );
}

/** The length of a field's text with a symbol in place of what is selected. */
function codeUnits(field: HTMLInputElement, symbol: string): number {
  return field.value.length + symbol.length - ((field.selectionEnd ?? 0) - (field.selectionStart ?? 0));
}
