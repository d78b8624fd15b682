import { Fragment } from "react";
import { useLanguage } from "../i18n";
import type { Voice } from "../voices/voices";
import { expressionsOf, type ReadSentence, type ReadToken } from "./analysis";
import { Hear } from "./Hear";
import { MARKS } from "./marks";
import { Word } from "./Word";

interface SentenceProps {
  sentence: ReadSentence;
  number: number;
  voice: Voice | undefined;
  onEdit: (token: ReadToken, original: string | undefined) => void;
}

/** A sentence as it is spoken, from right to left. */
export function Sentence({ sentence, number, voice, onEdit }: SentenceProps) {
  const { t, f } = useLanguage();
  const expressions = expressionsOf(sentence);
  return (
    <article
      aria-label={t.text.sentence(f.number(number))}
      className="border-t border-line py-4 first:border-0 first:pt-0"
    >
      {expressions.length === 0 && (
        <p dir="auto" lang="fa" className="text-muted wrap-anywhere">
          {sentence.original}
        </p>
      )}
      <div dir="rtl" lang="fa" className="flex flex-wrap gap-y-2">
        {expressions.map(({ original, words }, index) => {
          const shown = words.map((word, place) => (
            <Word key={place} word={word} original={original} onEdit={onEdit} />
          ));
          return original === undefined ? (
            <Fragment key={index}>{shown}</Fragment>
          ) : (
            <span
              key={index}
              role="group"
              aria-label={t.text.insteadOf(original)}
              className={`mx-0.5 flex max-w-full flex-wrap rounded-lg ${MARKS.expression}`}
            >
              {shown}
            </span>
          );
        })}
      </div>
      {voice !== undefined && expressions.length > 0 && (
        <Hear key={voice.id} text={sentence.original} voice={voice} label={t.text.hear.sentence(f.number(number))} />
      )}
    </article>
  );
}
