import { useLanguage } from "../i18n";
import { Notice } from "../ui/Notice";
import { ExternalLink } from "../ui/ExternalLink";
import type { ModelDetails } from "./sources";

export function GatedNotice({ model }: { model: ModelDetails }) {
  const { t } = useLanguage();
  return (
    <Notice tone="warning" title={model.gated === "manual" ? t.sources.gatedManual : t.sources.gatedAuto}>
      <p>{t.sources.gatedHint}</p>
      <ExternalLink href={model.page}>{t.sources.acceptTerms}</ExternalLink>
    </Notice>
  );
}
