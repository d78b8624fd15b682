import { type Locale, useLanguage } from "../i18n";
import { en } from "./en";
import { fa } from "./fa";
import { type Messages, sentence } from "./message";

const MESSAGES: Record<Locale, Messages> = { fa, en };

/** Tells `{ code, params }` in the page's language; `undefined` where this page has no sentence for it. */
export function useSentence(): (details: unknown) => string | undefined {
  const { locale, f } = useLanguage();
  return (details) => sentence(MESSAGES[locale], details, f);
}
