import { useLanguage } from "../i18n";
import { useSentence } from "../messages/useSentence";
import { Notice } from "../ui/Notice";
import { ContinueTraining } from "./ContinueTraining";
import { hasEnded, type Training } from "./training";

/** What of a training is likely to disappoint, and what helps then. */
export function TrainingWarnings({ training }: { training: Training }) {
  const { t } = useLanguage();
  const tell = useSentence();
  return training.warnings.map((warning) => (
    <Notice
      key={warning.code}
      tone="warning"
      title={tell(warning) ?? t.training.forecast.warning}
      aside={<ContinueTraining training={training} totalEpochs={warning.params.epochs ?? undefined} />}
    >
      {!hasEnded(training.status) && <p>{t.training.forecast.later}</p>}
    </Notice>
  ));
}
