import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { newKey } from "../api/idempotency";
import { useLanguage } from "../i18n";
import { useHasNoWorker } from "../system/system";
import { Button } from "../ui/Button";
import { VoiceIcon } from "../ui/icons";
import { Notice, ProblemNotice } from "../ui/Notice";
import { Progress } from "../ui/Progress";
import { ServerText } from "../ui/ServerText";
import { Player } from "../voices/Player";
import { isPending, MAX_TEXT_LENGTH, synthesesQuery, type Synthesis, useSynthesize } from "../voices/syntheses";
import type { Voice } from "../voices/voices";
import { codePoints } from "./analysis";

interface HearProps {
  text: string;
  voice: Voice;
  /** The button's accessible name. */
  label: string;
}

/** Has a voice say a text, and plays it. What was heard goes away when the text changes. */
export function Hear({ text, voice, label }: HearProps) {
  const { t, f } = useLanguage();
  const synthesize = useSynthesize(voice.id);
  const [asked, setAsked] = useState<Synthesis>();
  const syntheses = useInfiniteQuery({ ...synthesesQuery(voice.id), enabled: asked !== undefined });
  const current = syntheses.data?.find(({ id }) => id === asked?.id) ?? asked;
  const synthesis = current?.text === text ? current : undefined;
  const pending = synthesis !== undefined && isPending(synthesis);
  const hasNoWorker = useHasNoWorker("speech", synthesis?.status === "queued");

  if (codePoints(text) > MAX_TEXT_LENGTH) {
    return <p className="mt-2 text-sm text-muted">{t.voices.textInvalid(f.number(MAX_TEXT_LENGTH))}</p>;
  }
  return (
    <div className="mt-2">
      <Button
        variant="quiet"
        aria-label={label}
        isPending={synthesize.isPending || pending}
        onPress={() => synthesize.mutate({ key: newKey(), body: { text } }, { onSuccess: setAsked })}
      >
        <VoiceIcon />
        {t.text.hear.action}
      </Button>
      <div aria-live="polite">
        {synthesize.isError && <ProblemNotice error={synthesize.error} />}
        {hasNoWorker && <Notice tone="warning" title={t.voices.noWorker} />}
        {pending && !hasNoWorker && <Progress label={t.voices.state[synthesis.status]} value={undefined} slim />}
        {synthesis?.status === "failed" && (
          <Notice tone="danger" title={t.text.hear.failed}>
            {synthesis.errorMessage && <ServerText text={synthesis.errorMessage} details={synthesis.errorDetails} />}
          </Notice>
        )}
        {synthesis !== undefined && synthesis.droppedCharacters.length > 0 && (
          <p className="mt-2 text-sm text-warning">{t.voices.dropped(synthesis.droppedCharacters.join(" "))}</p>
        )}
      </div>
      {synthesis?.audioUrl && <Player url={synthesis.audioUrl} label={text} autoPlay />}
    </div>
  );
}
