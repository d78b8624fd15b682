import { type Ref, useState } from "react";
import { Button as AriaButton, Input, Label, TextField as AriaTextField } from "react-aria-components";
import { useLanguage } from "../i18n";
import { BOX, FIELD, type FieldProps, INPUT, LABEL, LATIN_INPUT, Notes } from "./Field";
import { MinusIcon, PlusIcon } from "./icons";
import { currentText, fieldText, type Limits, localizeDigits, numberError, parseNumber, stepFrom } from "./numbers";

interface NumberFieldProps extends FieldProps {
  /** Undefined if the field is empty, NaN if its text is not a number. */
  value: number | undefined;
  onChange: (value: number | undefined) => void;
  limits: Limits;
  /** An error besides those of the limits. */
  error?: string | undefined;
  /** Without a step the field has no buttons. */
  step?: number | undefined;
  inputRef?: Ref<HTMLInputElement>;
}

/**
 * A number in Latin or Persian digits, which get those of the page when the typing is over. React Aria's own number
 * field would replace a number outside the limits; this one keeps it, with the error.
 */
export function NumberField({ label, hint, error, name, value, onChange, limits, step, inputRef }: NumberFieldProps) {
  const { t, f, locale } = useLanguage();
  const [typed, setTyped] = useState<string>();
  const [isTyping, setTyping] = useState(false);
  const shownError = isTyping ? undefined : (error ?? numberError(value, limits, t, f));
  const stepper = "grid w-10 self-stretch place-items-center text-muted hover:text-ink data-disabled:opacity-40";

  function type(text: string) {
    setTyped(text);
    setTyping(true);
    onChange(parseNumber(text));
  }

  function move(by: number) {
    setTyped(undefined);
    setTyping(false);
    onChange(stepFrom(value, by, limits));
  }

  return (
    <AriaTextField
      name={name}
      value={currentText(typed, value) ?? fieldText(value, f, locale)}
      onChange={type}
      onBlur={() => {
        setTyping(false);
        setTyped(typed && localizeDigits(typed, locale));
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") setTyping(false);
        if (step === undefined || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
        event.preventDefault();
        move(event.key === "ArrowUp" ? step : -step);
      }}
      // False would hide the server's errors, and a native `required` would show the browser's own.
      {...(shownError !== undefined && { isInvalid: true })}
      className={FIELD}
    >
      <Label className={LABEL}>{label}</Label>
      <div className={`${BOX} flex items-center`}>
        <Input
          ref={inputRef}
          dir="ltr"
          aria-required={!limits.isOptional}
          autoComplete="off"
          inputMode={limits.isWhole ? "numeric" : "decimal"}
          className={`${INPUT} ${LATIN_INPUT}`}
        />
        {step !== undefined && (
          <>
            <AriaButton
              aria-label={t.decrease(label)}
              isDisabled={value !== undefined && value <= limits.min}
              excludeFromTabOrder
              onPress={() => move(-step)}
              className={stepper}
            >
              <MinusIcon className="size-4" />
            </AriaButton>
            <AriaButton
              aria-label={t.increase(label)}
              isDisabled={value !== undefined && value >= limits.max}
              excludeFromTabOrder
              onPress={() => move(step)}
              className={`${stepper} border-s border-line`}
            >
              <PlusIcon className="size-4" />
            </AriaButton>
          </>
        )}
      </div>
      <Notes hint={hint} error={shownError} />
    </AriaTextField>
  );
}
