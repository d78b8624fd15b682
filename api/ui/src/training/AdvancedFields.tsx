import { limits } from "../api/limits";
import { useLanguage } from "../i18n";
import { Choice } from "../ui/Choice";
import { NumberField } from "../ui/NumberField";
import { ADVANCED, type Advanced, type AdvancedNumber, LIMITS, SAMPLE_RATES } from "./advanced";

const STEPS: Partial<Record<AdvancedNumber, number>> = {
  seed: 1,
  accumulate: 1,
  segments: 1,
  checkpointEvery: 1,
  validationSplit: 1,
  earlyStopping: 1,
};
const PRECISIONS = limits.NewTraining.precision.values;
const AUTOMATIC = "auto";

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
      <SampleRateChoice value={value.sampleRate} onChange={(sampleRate) => onChange({ ...value, sampleRate })} />
    </>
  );
}

interface SampleRateChoiceProps {
  value: Advanced["sampleRate"];
  onChange: (value: Advanced["sampleRate"]) => void;
}

function SampleRateChoice({ value, onChange }: SampleRateChoiceProps) {
  const { t, f } = useLanguage();
  const rates = SAMPLE_RATES.map((rate) => ({ id: String(rate), name: t.voices.hertz(f.number(rate)) }));
  return (
    <div className="flex flex-col gap-1">
      <Choice
        label={t.training.sampleRate}
        name="sampleRate"
        value={value === undefined ? AUTOMATIC : String(value)}
        options={[{ id: AUTOMATIC, name: t.training.sampleRateAutomatic }, ...rates]}
        onChange={(id) => onChange(id === AUTOMATIC ? undefined : Number(id))}
      />
      <p className="text-[0.8rem] leading-5 text-muted">{t.training.sampleRateHint}</p>
    </div>
  );
}
