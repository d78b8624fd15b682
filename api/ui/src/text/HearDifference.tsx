import { useLanguage } from "../i18n";
import { isolate } from "../messages/isolate";
import type { Voice } from "../voices/voices";
import { Hear } from "./Hear";
import { inlinePhonemes, isPhonemes } from "./pronunciation";

interface HearDifferenceProps {
  /** The phonemes as they are stored. */
  before: string;
  /** The phonemes that are being typed. */
  after: string;
  /** One that reads phonemes. */
  voice: Voice | undefined;
}

/** The same word with both pronunciations, by the same voice. */
export function HearDifference({ before, after, voice }: HearDifferenceProps) {
  const { t } = useLanguage();
  return (
    <div role="group" aria-label={t.text.hear.difference} className="border-t border-line pt-3">
      <p className="text-[0.8rem] leading-5 text-muted">
        {voice === undefined ? t.text.hear.needsPhonemes : t.text.hear.by(isolate(voice.name))}
      </p>
      <div className="grid gap-x-4 sm:grid-cols-2">
        {(["before", "after"] as const).map((time) => {
          const phonemes = time === "before" ? before : after;
          return (
            <Hear
              key={time}
              text={inlinePhonemes(phonemes)}
              voice={voice}
              isDisabled={!isPhonemes(phonemes)}
              label={t.text.hear[time]}
              action={t.text.hear[time]}
            />
          );
        })}
      </div>
    </div>
  );
}
