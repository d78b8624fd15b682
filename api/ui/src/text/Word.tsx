import { useLanguage } from "../i18n";
import type { ReadToken, SpokenWord } from "./analysis";
import { MARKS, markOf } from "./marks";
import { hasEzafe, splitEzafe, splitEzafeSign } from "./pronunciation";
import { Tie } from "./Tie";

interface WordProps {
  word: SpokenWord;
  /** The piece of the text that it says, if that is no word. */
  original: string | undefined;
  onEdit: (token: ReadToken, original: string | undefined) => void;
}

/** A word breaks only where it is longer than a line. */
const BOX = "flex max-w-full min-w-9 flex-col items-center px-1.5 py-1 wrap-anywhere";

/** A spoken word with its phonemes beneath. It is a button where its pronunciation can be corrected. */
export function Word({ word, original, onEdit }: WordProps) {
  const { t } = useLanguage();
  const { token } = word;
  const { text, phonemes, source } = token;
  const ezafe = hasEzafe(token);
  const notes = [
    original !== undefined && t.text.insteadOf(original),
    ezafe && t.text.legend.ezafe,
    source != null && t.text.source[source],
  ].filter((note) => note !== false);
  const title = notes.join(t.comma);
  if (phonemes == null || source === "inline") {
    return (
      <span className={BOX} {...(title !== "" && { title })}>
        <Spelling word={word} />
        {phonemes != null && <Phonemes token={token} />}
        {ezafe && <span className="sr-only">{t.text.legend.ezafe}</span>}
      </span>
    );
  }
  return (
    <button
      type="button"
      aria-haspopup="dialog"
      aria-label={[text, phonemes, ...notes].join(t.comma)}
      title={title}
      data-source={source}
      data-ezafe={ezafe}
      onClick={() => onEdit(token, original)}
      className={`${BOX} relative rounded-lg transition-colors hover:bg-accent-soft`}
    >
      <Spelling word={word} />
      <Phonemes token={token} />
      {ezafe && <Tie className="top-[2.1rem]" />}
    </button>
  );
}

function Spelling({ word: { token, before, after } }: { word: SpokenWord }) {
  const { text, phonemes, source } = token;
  const ezafe = hasEzafe(token);
  if (source === "inline") {
    return (
      <span className="max-w-full text-lg leading-9">
        {before}
        <bdi dir="ltr" className="font-ipa text-base">
          {text}
        </bdi>
        {after}
      </span>
    );
  }
  const { letters, sign } = splitEzafeSign(text, phonemes == null ? "" : splitEzafe({ ...token, phonemes }).ezafe);
  return (
    <span className="max-w-full text-xl leading-10">
      {before}
      <span className={markOf(source)}>
        {ezafe ? letters : text}
        {ezafe && <span className={MARKS.ezafe}>{sign}</span>}
      </span>
      {after}
    </span>
  );
}

function Phonemes({ token }: { token: ReadToken }) {
  const { stem, ezafe } = splitEzafe({ ...token, phonemes: token.phonemes ?? "" });
  return (
    <span dir="ltr" className="max-w-full font-ipa text-[0.8rem] leading-5 text-muted">
      {stem}
      {ezafe !== "" && <span className={MARKS.ezafe}>{ezafe}</span>}
    </span>
  );
}
