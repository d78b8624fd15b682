import { type FormEvent, type KeyboardEvent, useContext, useState } from "react";
import {
  Button as AriaButton,
  FieldError,
  FieldErrorContext,
  Input,
  Label,
  Text,
  TextArea,
  TextField as AriaTextField,
} from "react-aria-components";
import { useLanguage } from "../i18n";
import { EyeIcon, MinusIcon, PlusIcon } from "./icons";
import { type Limits, localizeDigits, numberError, parseNumber, stepFrom } from "./numbers";

const LABEL = "text-sm font-medium text-ink";
const FIELD = "flex flex-col gap-1";
const HINT = "text-[0.8rem] text-muted";
const ERROR = "text-[0.85rem] text-danger";
const BOX = `w-full rounded-xl border border-line-strong bg-raised transition-colors focus-within:border-accent
  focus-within:outline-2 focus-within:-outline-offset-1 focus-within:outline-accent
  data-invalid:border-danger has-data-invalid:border-danger`;
/** Latin values, such as email addresses and numbers, begin at the same edge as the rest of the page. */
const LATIN_INPUT = "rtl:text-right";
const INPUT = "w-full min-w-0 bg-transparent px-3.5 py-2 min-h-11 text-ink outline-none placeholder:text-muted/70";

type TextElement = HTMLInputElement | HTMLTextAreaElement;

interface FieldProps {
  label: string;
  name: string;
  hint?: string;
}

interface TextProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  /** The error of a value that can't be submitted. It is shown when the user leaves the field or submits the form. */
  validate?: (value: string) => string | undefined;
}

/** The hint gives way to an error. `error` is for fields that don't leave their validation to React Aria. */
function Notes({ hint, error }: { hint: string | undefined; error?: string | undefined }) {
  const validation = useContext(FieldErrorContext);
  return (
    <>
      {hint !== undefined && !validation?.isInvalid && (
        <Text slot="description" className={HINT}>
          {hint}
        </Text>
      )}
      <FieldError className={ERROR}>{error}</FieldError>
    </>
  );
}

/** An empty field has the direction of the page, like its placeholder; a text has its own. */
export function textDirection(value: string): "auto" | undefined {
  return value === "" ? undefined : "auto";
}

/**
 * Removes an error as soon as the value is valid. React Aria would do it on the field's `change` event, which comes when
 * a button is pressed, and the text that moves up would take the button from under the pointer.
 */
function commitIfValid(validate: TextProps["validate"], { currentTarget }: FormEvent<TextElement>): void {
  if (validate?.(currentTarget.value) === undefined) currentTarget.dispatchEvent(new Event("change"));
}

interface TextFieldProps extends TextProps {
  type?: "text" | "password";
  /** `email` only chooses the keyboard: with `type="email"`, browsers show errors in their own language. */
  inputMode?: "text" | "email";
  autoComplete?: string;
  dir?: "ltr" | "auto";
  /** The label of the button that shows the password. */
  reveal?: string;
}

export function TextField({ label, hint, type = "text", placeholder, dir, reveal, ...props }: TextFieldProps) {
  const { t } = useLanguage();
  const [shown, setShown] = useState(false);
  return (
    <AriaTextField {...props} type={type === "password" && shown ? "text" : type} className={FIELD}>
      <Label className={LABEL}>{label}</Label>
      <div className={`${BOX} flex items-center`}>
        <Input
          dir={dir === "auto" ? textDirection(props.value) : dir}
          placeholder={placeholder}
          className={`${INPUT} ${dir === "ltr" ? LATIN_INPUT : ""}`}
          onInput={(event) => commitIfValid(props.validate, event)}
        />
        {type === "password" && (
          <button
            type="button"
            aria-pressed={shown}
            aria-label={reveal ?? t.auth.showPassword}
            onClick={() => setShown(!shown)}
            className={`me-1 grid size-9 place-items-center rounded-lg ${shown ? "text-accent-ink" : "text-muted"}`}
          >
            <EyeIcon />
          </button>
        )}
      </div>
      <Notes hint={hint} />
    </AriaTextField>
  );
}

function submitOnEnter({ key, ctrlKey, metaKey, currentTarget }: KeyboardEvent<HTMLTextAreaElement>): void {
  if (key === "Enter" && (ctrlKey || metaKey)) currentTarget.form?.requestSubmit();
}

/** Control and Enter together submit the form. */
export function TextBox({ label, hint, placeholder, ...props }: TextProps) {
  return (
    <AriaTextField {...props} className={FIELD}>
      <Label className={LABEL}>{label}</Label>
      <div className={BOX}>
        <TextArea
          dir={textDirection(props.value)}
          lang="fa"
          rows={3}
          placeholder={placeholder}
          className={`${INPUT} block min-h-24 resize-y text-lg leading-9`}
          onInput={(event) => commitIfValid(props.validate, event)}
          onKeyDown={submitOnEnter}
        />
      </div>
      <Notes hint={hint} />
    </AriaTextField>
  );
}

interface NumberFieldProps extends FieldProps {
  /** Undefined if the field is empty, NaN if its text is not a number. */
  value: number | undefined;
  onChange: (value: number | undefined) => void;
  limits: Limits;
  /** An error besides those of the limits. */
  error?: string | undefined;
  /** Without a step the field has no buttons. */
  step?: number | undefined;
}

/**
 * A number in Latin or Persian digits, which get those of the page when the typing is over. React Aria's own number
 * field would replace a number outside the limits; this one keeps it, with the error.
 */
export function NumberField({ label, hint, error, name, value, onChange, limits, step }: NumberFieldProps) {
  const { t, f, locale } = useLanguage();
  const [typed, setTyped] = useState<string>();
  const [isTyping, setTyping] = useState(false);
  const shownError = isTyping ? undefined : (error ?? numberError(value, limits, t, f));
  const written = value === undefined || Number.isNaN(value) ? "" : f.number(value, 3);
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
      value={typed ?? written}
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
