import { useLanguage } from "../i18n";
import { CheckIcon, InfoIcon } from "../ui/icons";
import { TechnicalDetails } from "../ui/TechnicalDetails";

/** Whether a training can begin from a model, and why not. */
export function Trainable({ because }: { because: string | undefined }) {
  const { t } = useLanguage();
  if (because === undefined) {
    return (
      <p className="flex items-center gap-2 text-good">
        <CheckIcon className="size-4" />
        {t.models.trainable}
      </p>
    );
  }
  return (
    <div className="text-muted">
      <p className="flex items-center gap-2">
        <InfoIcon className="size-4" />
        {t.models.notTrainable}
      </p>
      <TechnicalDetails text={because} />
    </div>
  );
}
