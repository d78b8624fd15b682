import { useLanguage } from "../i18n";
import { Button } from "./Button";
import { GlobeIcon } from "./icons";

interface LanguageSwitchProps {
  /** Only the icon on narrow screens. */
  compact?: boolean;
  className?: string;
}

export function LanguageSwitch({ compact = false, className = "" }: LanguageSwitchProps) {
  const { locale, t, switchLocale } = useLanguage();
  const other = locale === "fa" ? "en" : "fa";
  return (
    <Button
      variant="quiet"
      onPress={switchLocale}
      aria-label={t.language.label}
      className={`${compact ? "px-2.5" : ""} ${className}`}
    >
      <GlobeIcon />
      <span lang={other} className={compact ? "max-sm:hidden" : ""}>
        {t.language.switchTo}
      </span>
    </Button>
  );
}
