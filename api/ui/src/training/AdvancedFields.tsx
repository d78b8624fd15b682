import { limits } from "../api/limits";
import { useLanguage } from "../i18n";
import { Choice } from "../ui/Choice";
import { NumberField } from "../ui/NumberField";
import { ADVANCED, type Advanced, type AdvancedNumber, LIMITS } from "./advanced";

const STEPS: Partial<Record<AdvancedNumber, number>> = {
  seed: 1,
  checkpointEvery: 1,
  validationSplit: 1,
  earlyStopping: 1,
};
const PRECISIONS = limits.NewTraining.precision.values;

interface AdvancedFieldsProps {
  value: Advanced;
  onChange: (value: Advanced) => void;
  earlyStoppingError: string | undefined;
}

export function AdvancedFields({ value, onChange, earlyStoppingError }: AdvancedFieldsProps) {
  const { t } = useLanguage();
  return (
    <>
      {ADVANCED.map((field) => (
        <NumberField
          key={field}
          label={t.training[field]}
          hint={t.training[`${field}Hint`]}
          name={field}
          value={value[field]}
          onChange={(number) => onChange({ ...value, [field]: number })}
          error={field === "earlyStopping" ? earlyStoppingError : undefined}
          limits={LIMITS[field]}
          step={STEPS[field]}
        />
      ))}
      <div className="flex flex-col gap-1">
        <Choice
          label={t.training.precision}
          name="precision"
          value={value.precision}
          options={PRECISIONS.map((id) => ({ id, name: t.training.precisions[id] }))}
          onChange={(precision) => onChange({ ...value, precision })}
        />
        <p className="text-[0.8rem] leading-5 text-muted">{t.training.precisionHint}</p>
      </div>
    </>
  );
}
