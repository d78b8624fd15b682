import { useLanguage } from "../i18n";
import { JobBadge } from "../ui/JobBadge";
import type { TrainingState } from "./training";

export function TrainingBadge({ status }: { status: TrainingState }) {
  const { t } = useLanguage();
  return <JobBadge status={status} labels={t.training.state} />;
}
