import { useLanguage } from "../i18n";
import { Progress } from "../ui/Progress";
import { spokenFraction, type Synthesis } from "./syntheses";

/** How much of a text is spoken. */
export function SynthesisProgress({ synthesis }: { synthesis: Synthesis }) {
  const { t, f } = useLanguage();
  const fraction = spokenFraction(synthesis);
  const text = fraction === undefined ? undefined : f.percent(Math.floor(fraction * 100) / 100);
  return (
    <div className="flex items-center gap-3">
      <Progress
        label={t.voices.state[synthesis.status]}
        value={fraction}
        {...(text !== undefined && { text })}
        moving
        slim
      />
      {text !== undefined && (
        <span aria-hidden className="min-w-10 text-end text-sm text-muted">
          {text}
        </span>
      )}
    </div>
  );
}
