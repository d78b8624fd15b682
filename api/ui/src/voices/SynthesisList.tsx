import { useInfiniteQuery } from "@tanstack/react-query";
import { useLanguage } from "../i18n";
import { isolate } from "../messages/isolate";
import { useHasNoWorker } from "../system/system";
import { Badge } from "../ui/Badge";
import { List } from "../ui/List";
import { Notice } from "../ui/Notice";
import { Card, CardTitle } from "../ui/Surface";
import { ServerText } from "../ui/ServerText";
import { DroppedNote } from "../ui/DroppedList";
import { Player } from "./Player";
import { SynthesisProgress } from "./SynthesisProgress";
import { excerpt, isPending, synthesesQuery, type Synthesis } from "./syntheses";
import { speakerOf, type Voice } from "./voices";

export function SynthesisList({ voice }: { voice: Voice }) {
  const { t } = useLanguage();
  const syntheses = useInfiniteQuery(synthesesQuery(voice.id));
  const hasNoWorker = useHasNoWorker("speech", syntheses.data?.some((row) => row.status === "queued") ?? false);
  return (
    <Card>
      <CardTitle>{t.voices.syntheses}</CardTitle>
      {hasNoWorker && (
        <div className="mb-4">
          <Notice tone="warning" title={t.voices.noWorker} />
        </div>
      )}
      <List query={syntheses} empty={<p className="text-muted">{t.voices.synthesesEmpty}</p>}>
        {(synthesis) => <SynthesisRow synthesis={synthesis} voice={voice} />}
      </List>
    </Card>
  );
}

function SynthesisRow({ synthesis, voice }: { synthesis: Synthesis; voice: Voice }) {
  const { t, f } = useLanguage();
  const { status, audioUrl, options } = synthesis;
  const speaker = speakerOf(voice, options.speaker);
  return (
    <article className="rounded-xl border border-line bg-raised p-4" data-status={status}>
      <div className="flex items-start justify-between gap-3">
        <p dir="auto" lang="fa" className="line-clamp-4 min-w-0 text-lg leading-8 break-words">
          {synthesis.text}
        </p>
        {status !== "completed" && (
          <Badge tone={status === "failed" ? "danger" : "calm"} busy={isPending(synthesis)}>
            {t.voices.state[status]}
          </Badge>
        )}
      </div>
      {isPending(synthesis) && (
        <div className="mt-3">
          <SynthesisProgress synthesis={synthesis} />
        </div>
      )}
      {status === "completed" && audioUrl && <Player url={audioUrl} label={excerpt(synthesis.text)} />}
      {status === "failed" && (
        <div className="mt-3">
          <Notice tone="danger" title={t.voices.failed}>
            {synthesis.errorMessage && <ServerText text={synthesis.errorMessage} details={synthesis.errorDetails} />}
          </Notice>
        </div>
      )}
      <DroppedNote dropped={synthesis.dropped} />
      <p className="mt-2 text-[0.8rem] break-words text-muted">
        {[
          f.dateTime(synthesis.createdAt),
          ...(speaker === undefined ? [] : [`${t.voices.speaker}: ${isolate(speaker)}`]),
          `${t.voices.speed}: ${f.measure(options.speed)}`,
          `${t.voices.noise}: ${f.measure(options.noise)}`,
          `${t.voices.seed}: ${f.number(options.seed)}`,
        ].join(" · ")}
      </p>
    </article>
  );
}
