import { useLanguage } from "../i18n";
import { CheckIcon, InfoIcon } from "../ui/icons";
import { ServerText } from "../ui/ServerText";

export function Trainable({ reason }: { reason: string | undefined }) {
  const { t } = useLanguage();
  if (reason === undefined) {
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
      <ServerText text={reason} />
    </div>
  );
}
