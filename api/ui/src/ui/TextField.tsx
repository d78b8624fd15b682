import { type FormEvent, type KeyboardEvent, useState } from "react";
import { Input, Label, TextArea, TextField as AriaTextField } from "react-aria-components";
import { useLanguage } from "../i18n";
import { BOX, FIELD, type FieldProps, INPUT, LABEL, LATIN_INPUT, Notes } from "./Field";
import { EyeIcon } from "./icons";

type TextElement = HTMLInputElement | HTMLTextAreaElement;

interface TextProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  /** The error of a value that can't be submitted. It is shown when the user leaves the field or submits the form. */
  validate?: (value: string) => string | undefined;
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

/** It grows with its text, up to a part of the screen. Control and Enter together submit the form. */
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
          className={`${INPUT} block field-sizing-content max-h-[60dvh] min-h-31 resize-y text-lg leading-9`}
          onInput={(event) => commitIfValid(props.validate, event)}
          onKeyDown={submitOnEnter}
        />
      </div>
      <Notes hint={hint} />
    </AriaTextField>
  );
}
