import { useLanguage } from "../i18n";
import { Badge, type Tone } from "../ui/Badge";
import type { TrainingState } from "./training";

const TONES: Record<TrainingState, Tone> = {
  queued: "muted",
  running: "calm",
  paused: "warning",
  completed: "good",
  failed: "danger",
  cancelled: "muted",
};

export function TrainingBadge({ status }: { status: TrainingState }) {
  const { t } = useLanguage();
  return (
    <Badge tone={TONES[status]} busy={status === "running"}>
      {t.training.state[status]}
    </Badge>
  );
}
