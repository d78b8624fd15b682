import { useContext } from "react";
import { FieldError, FieldErrorContext, Text } from "react-aria-components";

export const LABEL = "text-sm font-medium text-ink";
export const FIELD = "flex flex-col gap-1";
const HINT = "text-[0.8rem] text-muted";
const ERROR = "text-[0.85rem] text-danger";
export const BOX = `w-full rounded-xl border border-line-strong bg-raised transition-colors focus-within:border-accent
  focus-within:outline-2 focus-within:-outline-offset-1 focus-within:outline-accent
  data-invalid:border-danger has-data-invalid:border-danger`;
/** Latin values, such as email addresses and numbers, begin at the same edge as the rest of the page. */
export const LATIN_INPUT = "rtl:text-right";
export const INPUT =
  "w-full min-w-0 bg-transparent px-3.5 py-2 min-h-11 text-ink outline-none placeholder:text-muted/70";

export interface FieldProps {
  label: string;
  name: string;
  hint?: string;
}

/** The hint gives way to an error. `error` is for fields that don't leave their validation to React Aria. */
export function Notes({ hint, error }: { hint: string | undefined; error?: string | undefined }) {
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
