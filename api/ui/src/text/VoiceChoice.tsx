import { Link } from "@tanstack/react-router";
import { useLanguage } from "../i18n";
import { Choice } from "../ui/Choice";
import { textModeOf } from "../voices/voices";
import { readsPhonemes, type useVoiceChoice } from "./voiceChoice";

type VoiceChoiceProps = Pick<ReturnType<typeof useVoiceChoice>, "voices" | "voice" | "hasNone" | "choose">;

export function VoiceChoice({ voices, voice, hasNone, choose }: VoiceChoiceProps) {
  const { t, f } = useLanguage();
  if (hasNone) {
    return (
      <p className="text-sm text-muted">
        {t.text.hear.noVoice}{" "}
        <Link to="/training/new" className="font-medium text-accent-ink underline-offset-4 hover:underline">
          {t.text.hear.train}
        </Link>
      </p>
    );
  }
  if (voice === undefined) return null;
  // Voices of one dataset have the same name.
  const options = voices.map((option) => ({
    id: option.id,
    name: option.name,
    hint: `${option.shipped ? t.voices.shipped : f.dateTime(option.createdAt)} · ${t.text.hear.reads[textModeOf(option)]}`,
  }));
  return (
    <div className="flex max-w-sm flex-col gap-1">
      <Choice label={t.text.hear.voice} name="voice" value={voice.id} options={options} onChange={choose} />
      {!readsPhonemes(voice) && <p className="text-[0.8rem] leading-5 text-muted">{t.text.hear.withoutCorrections}</p>}
    </div>
  );
}
