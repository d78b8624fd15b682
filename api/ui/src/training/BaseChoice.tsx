import { useLanguage } from "../i18n";
import type { Dictionary } from "../i18n/fa";
import { Choice } from "../ui/Choice";
import { textModeOf } from "../voices/voices";
import { type Base, type Bases, licensedModel } from "./base";

/** The key of the option without a base. */
const NO_BASE = "nothing";

interface BaseChoiceProps {
  bases: Bases;
  value: Base | undefined;
  /** Null is no base. */
  onChange: (id: string | null) => void;
}

export function BaseChoice({ bases: { shipped, voices, models }, value, onChange }: BaseChoiceProps) {
  const { t, f } = useLanguage();
  // Voices of one dataset have the same name.
  const voiceOptions = voices.map((voice) => ({
    id: voice.id,
    name: voice.name,
    hint: `${f.dateTime(voice.createdAt)} · ${t.training.textModes[textModeOf(voice)].name}`,
  }));
  return (
    <div className="flex flex-col gap-1">
      <Choice
        label={t.training.anyBase}
        name={value?.kind === "voice" ? "baseVoiceId" : "baseModelId"}
        value={(value?.kind === "voice" ? value.voice.id : value?.model.id) ?? NO_BASE}
        options={shipped ? [{ id: shipped.id, name: t.training.baseShipped }] : []}
        groups={[
          { name: t.training.baseVoices, options: voiceOptions },
          { name: t.training.baseModels, options: models.map(({ id, repoId }) => ({ id, name: repoId })) },
        ]}
        last={{ id: NO_BASE, name: t.training.baseNone, hint: t.training.baseNoneHint }}
        onChange={(id) => onChange(id === NO_BASE ? null : id)}
      />
      <p className="text-[0.8rem] leading-5 text-muted">{baseHint(value, t)}</p>
    </div>
  );
}

function baseHint(base: Base | undefined, t: Dictionary): string {
  const licensed = base && licensedModel(base);
  if (licensed) return t.training.baseLicense(licensed.licence ?? t.models.licenseUnknown);
  return base?.kind === "voice" && base.voice.shipped ? t.training.baseShippedHint : t.training.baseHint;
}
