import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Problem } from "../api/problem";
import { useLanguage } from "../i18n";
import { useSentence } from "../messages/useSentence";
import { Button } from "../ui/Button";
import { TextIcon } from "../ui/icons";
import { Loading } from "../ui/List";
import { Notice, ProblemNotice } from "../ui/Notice";
import { Card, Empty } from "../ui/Surface";
import { TextBox } from "../ui/TextField";
import { type Analysis, analysisQuery, codePoints, isLanguageMissing, MAX_TEXT_LENGTH, wordsOf } from "./analysis";
import { AnalysisView } from "./AnalysisView";
import { useDebounced } from "./debounce";
import type { useVoiceChoice } from "./voiceChoice";

const DELAY_MS = 250;

interface AnalysisPanelProps {
  text: string;
  onChange: (text: string) => void;
  voiceChoice: ReturnType<typeof useVoiceChoice>;
}

export function AnalysisPanel({ text, onChange, voiceChoice }: AnalysisPanelProps) {
  const { t, f } = useLanguage();
  const [isMissing, setMissing] = useState(false);
  const settled = useDebounced(text, DELAY_MS);
  const query = useQuery(analysisQuery(settled, isMissing ? "characters" : "phonemes"));
  if (!isMissing && isLanguageMissing(query.error)) setMissing(true);

  const length = codePoints(text);
  const isTooLong = length > MAX_TEXT_LENGTH;
  const tooLong = t.text.tooLong(f.number(MAX_TEXT_LENGTH));
  // Without a network the request waits, which is no error yet.
  const problem = query.error ?? (query.fetchStatus === "paused" ? Problem.unreachable() : undefined);
  const isEmpty = text.trim() === "";
  const analysis = isEmpty || problem ? undefined : query.data;
  return (
    <div className="flex flex-col gap-5">
      <Card>
        <TextBox
          label={t.text.field}
          name="text"
          value={text}
          onChange={onChange}
          placeholder={t.text.placeholder}
          validate={(value) => (codePoints(value) > MAX_TEXT_LENGTH ? tooLong : undefined)}
        />
        <div className="mt-1 flex flex-wrap items-start justify-between gap-x-4 text-[0.8rem] text-muted">
          <p role="status" className="min-h-6">
            {isTooLong ? <span className="text-danger">{tooLong}</span> : <Summary analysis={analysis} />}
          </p>
          <span className={isTooLong ? "text-danger" : ""}>
            {t.text.count(f.number(length), f.number(MAX_TEXT_LENGTH))}
          </span>
        </div>
      </Card>
      {isMissing && <LanguageMissing />}
      {isEmpty && <Nothing onExample={() => onChange(t.text.example)} />}
      {!isEmpty && problem && <ProblemNotice error={problem} onRetry={() => void query.refetch()} />}
      {!isEmpty && analysis === undefined && query.isFetching && <Loading />}
      {analysis !== undefined && <AnalysisView analysis={analysis} voiceChoice={voiceChoice} />}
    </div>
  );
}

function Summary({ analysis }: { analysis: Analysis | undefined }) {
  const { t, f } = useLanguage();
  if (analysis === undefined) return null;
  const words = analysis.sentences.flatMap(({ tokens }) => wordsOf(tokens));
  const guessed = words.filter(({ token }) => token.source === "guessed").length;
  return [
    t.text.summary(f.number(analysis.sentences.length), f.number(words.length)),
    ...(guessed > 0 ? [t.text.guessedCount(f.number(guessed))] : []),
  ].join(t.comma);
}

function LanguageMissing() {
  const { t } = useLanguage();
  const tell = useSentence();
  return (
    <Notice tone="warning" title={t.text.languageMissing}>
      <p>{tell({ code: "languageFilesMissing" })}</p>
    </Notice>
  );
}

function Nothing({ onExample }: { onExample: () => void }) {
  const { t } = useLanguage();
  return (
    <Empty icon={<TextIcon className="size-7" />} title={t.text.empty} hint={t.text.emptyHint}>
      <Button onPress={onExample}>{t.text.tryExample}</Button>
    </Empty>
  );
}
