import { useLanguage } from "../i18n";
import { Button } from "./Button";
import { GlobeIcon } from "./icons";

export function LanguageSwitch({ className = "" }: { className?: string }) {
  const { locale, t, switchLocale } = useLanguage();
  const other = locale === "fa" ? "en" : "fa";
  return (
    <Button variant="quiet" onPress={switchLocale} aria-label={t.language.label} className={className}>
      <GlobeIcon />
      <span lang={other}>{t.language.switchTo}</span>
    </Button>
  );
}
