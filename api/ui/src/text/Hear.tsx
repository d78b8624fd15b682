import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { newKey } from "../api/idempotency";
import { useLanguage } from "../i18n";
import { useHasNoWorker } from "../system/system";
import { Button } from "../ui/Button";
import { VoiceIcon } from "../ui/icons";
import { Notice, ProblemNotice } from "../ui/Notice";
import { ServerText } from "../ui/ServerText";
import { DroppedNote } from "../ui/DroppedList";
import { Player } from "../voices/Player";
import { SynthesisProgress } from "../voices/SynthesisProgress";
import { isPending, MAX_TEXT_LENGTH, synthesisQuery, type Synthesis, useSynthesize } from "../voices/syntheses";
import type { Voice } from "../voices/voices";
import { codePoints } from "./analysis";

/** The same for all that is heard here, so that only the text makes a difference. */
const SEED = 1;

interface HearProps {
  text: string;
  /** Without a voice, or without a text that can be spoken, the button is disabled. */
  voice: Voice | undefined;
  isDisabled?: boolean;
  /** The accessible name of the button and the player. */
  label: string;
  /** What the button shows. */
  action?: string;
}

/** Has a voice say a text, and plays it. What was heard goes away when the text changes. */
export function Hear({ text, voice, isDisabled = false, label, action }: HearProps) {
  const { t, f } = useLanguage();
  const synthesize = useSynthesize();
  const [asked, setAsked] = useState<Synthesis>();
  const answer = useQuery({ ...synthesisQuery(asked?.id ?? ""), enabled: asked !== undefined });
  const current = answer.data ?? asked;
  const synthesis = current?.text === text ? current : undefined;
  const pending = synthesis !== undefined && isPending(synthesis);
  const hasNoWorker = useHasNoWorker("speech", synthesis?.status === "queued");

  function hear() {
    if (voice === undefined) return;
    synthesize.mutate({ voiceId: voice.id, key: newKey(), body: { text, seed: SEED } }, { onSuccess: setAsked });
  }

  if (codePoints(text) > MAX_TEXT_LENGTH) {
    return <p className="mt-2 text-sm text-muted">{t.voices.textInvalid(f.number(MAX_TEXT_LENGTH))}</p>;
  }
  return (
    <div className="mt-2">
      <Button
        variant="quiet"
        aria-label={label}
        isDisabled={isDisabled || voice === undefined}
        isPending={synthesize.isPending || pending}
        onPress={hear}
      >
        <VoiceIcon />
        {action ?? t.text.hear.action}
      </Button>
      <div aria-live="polite">
        {synthesize.isError && <ProblemNotice error={synthesize.error} />}
        {hasNoWorker && <Notice tone="warning" title={t.voices.noWorker} />}
        {pending && !hasNoWorker && <SynthesisProgress synthesis={synthesis} />}
        {synthesis?.status === "failed" && (
          <Notice tone="danger" title={t.text.hear.failed}>
            {synthesis.errorMessage && <ServerText text={synthesis.errorMessage} details={synthesis.errorDetails} />}
          </Notice>
        )}
      </div>
      {synthesis !== undefined && <DroppedNote dropped={synthesis.dropped} />}
      {synthesis?.audioUrl && <Player url={synthesis.audioUrl} label={label} autoPlay />}
    </div>
  );
}
