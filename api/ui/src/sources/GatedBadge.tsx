import { useLanguage } from "../i18n";
import { Badge } from "../ui/Badge";
import type { FoundModel } from "./sources";

export function GatedBadge({ model }: { model: Pick<FoundModel, "gated" | "private"> }) {
  const { t } = useLanguage();
  return (
    <>
      {model.gated !== "no" && <Badge tone="warning">{t.sources.gated}</Badge>}
      {model.private && <Badge tone="muted">{t.sources.private}</Badge>}
    </>
  );
}
