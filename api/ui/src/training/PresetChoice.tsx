import type { Schemas } from "../api/client";
import { limits } from "../api/limits";
import { useLanguage } from "../i18n";
import { RadioCards } from "../ui/RadioCards";

type Preset = Schemas["Preset"];

const PRESETS = limits.NewTraining.preset.values;

export function PresetChoice({ value, onChange }: { value: Preset; onChange: (preset: Preset) => void }) {
  const { t } = useLanguage();
  return (
    <RadioCards
      label={t.training.preset}
      name="preset"
      value={value}
      options={PRESETS.map((id) => ({ id, ...t.training.presets[id] }))}
      onChange={onChange}
      columns="sm:grid-cols-3"
    />
  );
}
