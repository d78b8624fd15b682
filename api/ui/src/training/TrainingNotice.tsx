import { useLanguage } from "../i18n";
import { useHasNoWorker } from "../system/system";
import { ButtonLink } from "../ui/Button";
import { VoiceIcon } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { ServerText } from "../ui/ServerText";
import { ContinueTraining } from "./ContinueTraining";
import { hasFailedByDiverging, type Training } from "./training";

export function TrainingNotice({ training }: { training: Training }) {
  const { t } = useLanguage();
  const hasNoWorker = useHasNoWorker("training", training.status === "queued");
  switch (training.status) {
    case "queued":
      return hasNoWorker ? <Notice tone="warning" title={t.training.noWorker} /> : null;
    case "paused":
      return <Notice tone="warning" title={t.training.pausedHint} />;
    case "failed":
      return (
        <Notice
          tone="danger"
          title={t.training.failed}
          aside={hasFailedByDiverging(training) && <ContinueTraining training={training} />}
        >
          <ServerText
            text={training.errorMessage ?? ""}
            details={training.errorDetails}
            general={t.training.failedHint}
          />
        </Notice>
      );
    case "completed":
      return training.voiceId ? (
        <Notice
          tone="good"
          title={t.training.completed}
          aside={
            <ButtonLink to="/voices/$id" params={{ id: training.voiceId }} variant="primary">
              <VoiceIcon />
              {t.training.openVoice}
            </ButtonLink>
          }
        >
          {t.training.completedHint}
        </Notice>
      ) : null;
    case "running":
    case "cancelled":
      return null;
  }
}
