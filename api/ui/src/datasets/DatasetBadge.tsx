import { useLanguage } from "../i18n";
import { Badge, type Tone } from "../ui/Badge";
import type { Dataset } from "./datasets";

const TONES: Record<Dataset["status"], Tone> = {
  preparing: "calm",
  ready: "good",
  failed: "danger",
  cancelled: "muted",
};

export function DatasetBadge({ dataset }: { dataset: Dataset }) {
  const { t } = useLanguage();
  if (dataset.sample) return <Badge tone="calm">{t.datasets.sample}</Badge>;
  return (
    <Badge tone={TONES[dataset.status]} busy={dataset.status === "preparing"}>
      {t.datasets.state[dataset.status]}
    </Badge>
  );
}
