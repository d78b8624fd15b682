import { Label, Radio, RadioGroup } from "react-aria-components";
import type { Schemas } from "../api/client";
import { limits } from "../api/limits";
import { useLanguage } from "../i18n";

type Preset = Schemas["Preset"];

const PRESETS = limits.NewTraining.preset.values;

export function PresetChoice({ value, onChange }: { value: Preset; onChange: (preset: Preset) => void }) {
  const { t } = useLanguage();
  return (
    <RadioGroup
      name="preset"
      // React Aria adapts the arrow keys to the direction of writing only for horizontal groups.
      orientation="horizontal"
      value={value}
      onChange={(preset) => onChange(preset as Preset)}
      className="flex flex-col gap-1"
    >
      <Label className="text-sm font-medium">{t.training.preset}</Label>
      <div className="grid gap-2 sm:grid-cols-3">
        {PRESETS.map((preset) => (
          <Radio
            key={preset}
            value={preset}
            className="flex flex-col rounded-xl border border-line-strong bg-raised px-3.5 py-2.5 transition-colors hover:border-muted data-selected:border-accent data-selected:bg-accent-soft data-focus-visible:outline-2 data-focus-visible:outline-offset-2 data-focus-visible:outline-accent"
          >
            <span className="flex items-baseline justify-between gap-2 font-semibold">
              {t.training.presets[preset].name}
              <code dir="ltr" className="text-xs font-normal text-muted">
                {preset}
              </code>
            </span>
            <span className="text-[0.8rem] leading-5 text-muted">{t.training.presets[preset].hint}</span>
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
