import { Link } from "@tanstack/react-router";
import { useLanguage } from "../i18n";
import { isolate } from "../messages/isolate";
import { Choice } from "../ui/Choice";
import type { useVoiceChoice } from "./voiceChoice";

export function VoiceChoice({ voices, voice, hasNone, choose }: ReturnType<typeof useVoiceChoice>) {
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
  const options = voices.map(({ id, name, createdAt }) => ({
    id,
    name: `${isolate(name)} · ${f.dateTime(createdAt)}`,
  }));
  return (
    <div className="max-w-sm">
      <Choice label={t.text.hear.voice} name="voice" value={voice.id} options={options} onChange={choose} />
    </div>
  );
}
