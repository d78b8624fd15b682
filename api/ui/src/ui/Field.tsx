import { type ReactNode, useState } from "react";
import {
  Button as AriaButton,
  FieldError,
  Group,
  Input,
  Label,
  NumberField as AriaNumberField,
  Text,
  TextArea,
  TextField as AriaTextField,
} from "react-aria-components";
import { useLanguage } from "../i18n";
import { EyeIcon, MinusIcon, PlusIcon } from "./icons";

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
  /** What is wrong with it; nothing where it is undefined. */
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

interface TextFieldProps extends Common {
  value: string;
  onChange: (value: string) => void;
  type?: "text" | "email" | "password";
  autoComplete?: string;
  placeholder?: string;
  autoFocus?: boolean;
  dir?: "ltr" | "auto";
  /** What the button says that shows a password. */
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
        <Input className={INPUT} dir={dir} placeholder={placeholder} />
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

/** Several lines of text; Control and Enter together submit it. */
export function TextBox({ label, hint, error, placeholder, onSubmit, footer, ...props }: TextBoxProps) {
  return (
    <AriaTextField {...props} isInvalid={error !== undefined} validationBehavior="aria" className="flex flex-col gap-1">
      <Label className={LABEL}>{label}</Label>
      <div className={BOX}>
        <TextArea
          dir="auto"
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
  /** NaN where it is empty. */
  value: number;
  onChange: (value: number) => void;
  min?: number;
  max?: number;
  /** Without it there are no buttons to step with: some numbers have no natural step, and would be rounded to it. */
  step?: number;
  format?: Intl.NumberFormatOptions;
}

/** Takes digits of either script; empty gives NaN. */
export function NumberField({ label, hint, error, min, max, step, format, ...props }: NumberFieldProps) {
  const { t } = useLanguage();
  const stepper = "grid w-10 self-stretch place-items-center text-muted hover:text-ink data-disabled:opacity-40";
  return (
    <AriaNumberField
      {...props}
      minValue={min}
      maxValue={max}
      step={step}
      formatOptions={format}
      isInvalid={error !== undefined}
      validationBehavior="aria"
      decrementAriaLabel={t.decrease(label)}
      incrementAriaLabel={t.increase(label)}
      className="flex flex-col gap-1"
    >
      <Label className={LABEL}>{label}</Label>
      <Group className={`${BOX} flex items-center`}>
        <Input className={INPUT} />
        {step !== undefined && (
          <>
            <AriaButton slot="decrement" className={stepper}>
              <MinusIcon className="size-4" />
            </AriaButton>
            <AriaButton slot="increment" className={`${stepper} border-s border-line`}>
              <PlusIcon className="size-4" />
            </AriaButton>
          </>
        )}
      </Group>
      <Notes hint={hint} error={error} />
    </AriaNumberField>
  );
}
