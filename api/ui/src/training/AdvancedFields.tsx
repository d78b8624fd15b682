import { useLanguage } from "../i18n";
import { Choice } from "../ui/Choice";
import { NumberField } from "../ui/Field";
import { ADVANCED, type Advanced } from "./advanced";

/** How each number is written, and the server's limits. */
const FIELDS = {
  learningRate: { min: 1e-7, max: 0.01, format: { maximumSignificantDigits: 6 } },
  seed: { min: 0, max: Number.MAX_SAFE_INTEGER, step: 1, format: { useGrouping: false } },
  checkpointEvery: { min: 1, max: 100_000, step: 1 },
  validationSplit: { min: 0, max: 0.5, step: 0.01, format: { style: "percent" } },
  earlyStopping: { min: 1, max: 1_000, step: 1 },
} as const;
const PRECISIONS = ["auto", "fp32", "bf16"] as const;

interface AdvancedFieldsProps {
  value: Advanced;
  onChange: (value: Advanced) => void;
  /** What is wrong with a field, if anything. */
  wrong: (field: (typeof ADVANCED)[number]) => string | undefined;
}

export function AdvancedFields({ value, onChange, wrong }: AdvancedFieldsProps) {
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
          error={wrong(field)}
          {...FIELDS[field]}
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
