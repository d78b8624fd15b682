import { useLanguage } from "../i18n";
import { Choice } from "../ui/Choice";
import { textModeOf } from "../voices/voices";
import { type Base, type Bases, licensedModel } from "./base";

/** The key of the option without a base. */
const NO_BASE = "nothing";

interface BaseChoiceProps {
  bases: Bases;
  value: Base | undefined;
  onChange: (id: string | undefined) => void;
}

export function BaseChoice({ bases: { voices, models }, value, onChange }: BaseChoiceProps) {
  const { t, f } = useLanguage();
  const licensed = value && licensedModel(value);
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
        options={[{ id: NO_BASE, name: t.training.baseNone }]}
        groups={[
          { name: t.training.baseVoices, options: voiceOptions },
          { name: t.training.baseModels, options: models.map(({ id, repoId }) => ({ id, name: repoId })) },
        ]}
        onChange={(id) => onChange(id === NO_BASE ? undefined : id)}
      />
      <p className="text-[0.8rem] leading-5 text-muted">
        {licensed ? t.training.baseLicense(licensed.licence ?? t.models.licenseUnknown) : t.training.baseHint}
      </p>
    </div>
  );
}
