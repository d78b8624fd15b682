import { type ReactNode, useState } from "react";
import {
  Button as AriaButton,
  FieldError,
  Input,
  Label,
  Text,
  TextArea,
  TextField as AriaTextField,
} from "react-aria-components";
import { useLanguage } from "../i18n";
import { EyeIcon, MinusIcon, PlusIcon } from "./icons";
import { type Limits, numberError, parseNumber, stepFrom } from "./numbers";

const LABEL = "text-sm font-medium text-ink";
const HINT = "text-[0.8rem] text-muted";
const ERROR = "text-[0.85rem] text-danger";
const BOX = `w-full rounded-xl border border-line-strong bg-raised transition-colors focus-within:border-accent
  focus-within:outline-2 focus-within:-outline-offset-1 focus-within:outline-accent
  data-invalid:border-danger has-data-invalid:border-danger`;
const INPUT = "w-full min-w-0 bg-transparent px-3.5 py-2 min-h-11 text-ink outline-none placeholder:text-muted/70";

interface Common {
  label: string;
  name: string;
  hint?: string;
  error?: string | undefined;
}

function Notes({ hint, error }: Pick<Common, "hint" | "error">) {
  return (
    <>
      {hint !== undefined && error === undefined && (
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

interface TextFieldProps extends Common {
  value: string;
  onChange: (value: string) => void;
  type?: "text" | "email" | "password";
  autoComplete?: string;
  placeholder?: string;
  autoFocus?: boolean;
  dir?: "ltr" | "auto";
  /** The label of the button that shows the password. */
  reveal?: string;
}

export function TextField({ label, hint, error, type = "text", placeholder, dir, reveal, ...props }: TextFieldProps) {
  const { t } = useLanguage();
  const [shown, setShown] = useState(false);
  return (
    <AriaTextField
      {...props}
      type={type === "password" && shown ? "text" : type}
      isInvalid={error !== undefined}
      validationBehavior="aria"
      className="flex flex-col gap-1"
    >
      <Label className={LABEL}>{label}</Label>
      <div className={`${BOX} flex items-center`}>
        <Input className={INPUT} dir={dir === "auto" ? textDirection(props.value) : dir} placeholder={placeholder} />
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
      <Notes hint={hint} error={error} />
    </AriaTextField>
  );
}

interface TextBoxProps extends Common {
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  onSubmit: () => void;
  footer?: ReactNode;
}

/** Control and Enter together submit the form. */
export function TextBox({ label, hint, error, placeholder, onSubmit, footer, ...props }: TextBoxProps) {
  return (
    <AriaTextField {...props} isInvalid={error !== undefined} validationBehavior="aria" className="flex flex-col gap-1">
      <Label className={LABEL}>{label}</Label>
      <div className={BOX}>
        <TextArea
          dir={textDirection(props.value)}
          lang="fa"
          rows={3}
          placeholder={placeholder}
          className={`${INPUT} block min-h-24 resize-y text-lg leading-9`}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onSubmit();
          }}
        />
        {footer}
      </div>
      <Notes hint={hint} error={error} />
    </AriaTextField>
  );
}

interface NumberFieldProps extends Common {
  /** Undefined if the field is empty, NaN if its text is not a number. */
  value: number | undefined;
  onChange: (value: number | undefined) => void;
  limits: Limits;
  /** Without a step the field has no buttons. */
  step?: number | undefined;
}

/**
 * A number in Latin or Persian digits, which stays as it was typed. React Aria's own number field would replace a
 * number outside the limits; this one keeps it, and shows the error when the typing is over.
 */
export function NumberField({ label, hint, error, name, value, onChange, limits, step }: NumberFieldProps) {
  const { t, f } = useLanguage();
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
      onBlur={() => setTyping(false)}
      onKeyDown={(event) => {
        if (event.key === "Enter") setTyping(false);
        if (step === undefined || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
        event.preventDefault();
        move(event.key === "ArrowUp" ? step : -step);
      }}
      isRequired={!limits.isOptional}
      isInvalid={shownError !== undefined}
      validationBehavior="aria"
      className="flex flex-col gap-1"
    >
      <Label className={LABEL}>{label}</Label>
      <div className={`${BOX} flex items-center`}>
        <Input
          dir="ltr"
          autoComplete="off"
          inputMode={limits.isWhole ? "numeric" : "decimal"}
          className={`${INPUT} rtl:text-right`}
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

/** Leads to the first field that is wrong, whose message is read out with it. */
export function focusInvalid(form: HTMLFormElement): void {
  form.querySelector<HTMLElement>("input[aria-invalid=true], textarea[aria-invalid=true]")?.focus();
}
