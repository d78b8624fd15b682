import { createContext, type ReactNode, useContext, useLayoutEffect, useMemo, useState } from "react";
import { I18nProvider } from "react-aria-components";
import { en } from "./en";
import { type Dictionary, fa } from "./fa";
import { createFormat, type Format, type Locale } from "./format";

export type { Locale };

const STORAGE_KEY = "avagar.locale";
const DICTIONARIES: Record<Locale, Dictionary> = { fa, en };

interface Language {
  locale: Locale;
  t: Dictionary;
  f: Format;
  switchLocale: () => void;
}

const LanguageContext = createContext<Language | undefined>(undefined);

/** Persian, unless the user chose English in this browser before. */
export function LanguageProvider({ children }: { children: ReactNode }) {
  const [locale, setLocale] = useState<Locale>(() => (localStorage.getItem(STORAGE_KEY) === "en" ? "en" : "fa"));

  useLayoutEffect(() => {
    document.documentElement.lang = locale;
    document.documentElement.dir = locale === "fa" ? "rtl" : "ltr";
  }, [locale]);

  const language = useMemo<Language>(
    () => ({
      locale,
      t: DICTIONARIES[locale],
      f: createFormat(locale),
      switchLocale: () => {
        const next = locale === "fa" ? "en" : "fa";
        localStorage.setItem(STORAGE_KEY, next);
        setLocale(next);
      },
    }),
    [locale],
  );

  return (
    <LanguageContext value={language}>
      <I18nProvider locale={locale === "fa" ? "fa-IR" : "en-GB"}>{children}</I18nProvider>
    </LanguageContext>
  );
}

export function useLanguage(): Language {
  const language = useContext(LanguageContext);
  if (language === undefined) throw new Error("useLanguage outside of LanguageProvider");
  return language;
}

/** Sets the document's title. */
export function useTitle(title: string | undefined): void {
  const { t } = useLanguage();
  useLayoutEffect(() => {
    document.title = title === undefined ? t.name : `${title} · ${t.name}`;
  }, [title, t]);
}
