import { useLanguage } from "../i18n";
import { Choice } from "../ui/Choice";
import type { Checkpoint } from "./training";

interface CheckpointChoiceProps {
  checkpoints: Checkpoint[];
  value: string;
  onChange: (id: string) => void;
}

export function CheckpointChoice({ checkpoints, value, onChange }: CheckpointChoiceProps) {
  const { t, f } = useLanguage();
  const names = t.training.checkpoint;
  const options = checkpoints.map(({ id, step, loss, validationLoss, best }) => ({
    id,
    name: `${names.step} ${f.number(step)}`,
    hint: [
      `${names.loss}: ${f.measure(loss)}`,
      validationLoss != null && `${names.validationLoss}: ${f.measure(validationLoss)}`,
      best && t.training.checkpointBest,
    ]
      .filter((part) => part !== false)
      .join(" · "),
  }));
  return (
    <Choice
      label={t.training.continuation.checkpoint}
      name="checkpointId"
      value={value}
      options={options}
      onChange={onChange}
    />
  );
}
