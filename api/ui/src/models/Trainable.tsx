import { useLanguage } from "../i18n";
import { CheckIcon, InfoIcon } from "../ui/icons";
import { ServerText } from "../ui/ServerText";
import type { Model } from "./models";

interface TrainableProps {
  model: Pick<Model, "trainable" | "notTrainableBecause" | "notTrainableDetails">;
}

export function Trainable({ model }: TrainableProps) {
  const { t } = useLanguage();
  if (model.trainable) {
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
      <ServerText text={model.notTrainableBecause ?? ""} details={model.notTrainableDetails} />
    </div>
  );
}
