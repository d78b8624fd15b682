import { useState } from "react";
import { useLanguage } from "../i18n";
import { Card } from "../ui/Surface";
import { DroppedCard } from "../ui/DroppedList";
import { type Analysis, countDropped, type ReadToken } from "./analysis";
import { Legend } from "./Legend";
import { dictionaryWord, splitEzafe } from "./pronunciation";
import { Sentence } from "./Sentence";
import { VoiceChoice } from "./VoiceChoice";
import type { useVoiceChoice } from "./voiceChoice";
import { type EditedWord, WordEditor } from "./WordEditor";

/** The word of a token without its ezafe, to be corrected. */
function editedWord({ text, phonemes, ezafe, source }: ReadToken, original: string | undefined): EditedWord {
  return {
    word: dictionaryWord(text),
    phonemes: splitEzafe({ text, phonemes: phonemes ?? "", ezafe }).stem,
    source: source ?? "guessed",
    original,
  };
}

interface AnalysisViewProps {
  analysis: Analysis;
  voiceChoice: ReturnType<typeof useVoiceChoice>;
}

export function AnalysisView({ analysis, voiceChoice }: AnalysisViewProps) {
  const { t } = useLanguage();
  const [edited, setEdited] = useState<EditedWord>();
  const { sentences, dropped, mode } = analysis;
  const { voice, phonemeVoice } = voiceChoice;
  return (
    <>
      <Card>
        <div className="mb-4 flex flex-col gap-4 border-b border-line pb-4">
          {mode === "phonemes" && <Legend />}
          <VoiceChoice {...voiceChoice} />
        </div>
        {sentences.length === 0 && <p className="text-muted">{t.text.nothing}</p>}
        <div>
          {sentences.map((sentence, index) => (
            <Sentence
              key={index}
              sentence={sentence}
              number={index + 1}
              voice={voice}
              onEdit={(token, original) => setEdited(editedWord(token, original))}
            />
          ))}
        </div>
      </Card>
      <DroppedCard dropped={countDropped(dropped)} />
      <WordEditor edited={edited} onClose={() => setEdited(undefined)} voice={phonemeVoice} />
    </>
  );
}
