import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { ToggleButton } from "react-aria-components";
import { useLanguage } from "../i18n";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { PauseIcon, PlayIcon } from "../ui/icons";
import { Loading } from "../ui/List";
import { ProblemNotice } from "../ui/Notice";
import { ServerText } from "../ui/ServerText";
import { pauseOthers } from "../ui/sound";
import { Card, CardTitle } from "../ui/Surface";
import { type Clip, clipAudioUrl, clipsQuery, type Dataset } from "./datasets";

/** A dataset may have tens of thousands of clips. */
const PAGE_SIZE = 50;

export function Clips({ dataset }: { dataset: Dataset }) {
  const { t, f } = useLanguage();
  const clips = useQuery(clipsQuery(dataset.id));
  const [onlyExcluded, setOnlyExcluded] = useState(false);
  const [limit, setLimit] = useState(PAGE_SIZE);
  const player = useClipPlayer();

  const excluded = clips.data?.filter((clip) => clip.excludedReason) ?? [];
  const listed = (onlyExcluded ? excluded : clips.data) ?? [];
  return (
    <Card className="min-w-0">
      <CardTitle
        hint={clips.data && t.datasets.clipCount(f.number(clips.data.length))}
        aside={
          excluded.length > 0 && (
            <ToggleButton
              isSelected={onlyExcluded}
              onChange={setOnlyExcluded}
              className="min-h-9 rounded-full border border-line px-3 text-sm text-muted data-selected:border-transparent data-selected:bg-warning-soft data-selected:text-warning"
            >
              {t.datasets.onlyExcluded} ({f.number(excluded.length)})
            </ToggleButton>
          )
        }
      >
        {t.datasets.clips}
      </CardTitle>
      {clips.isPending && <Loading />}
      {clips.isError && <ProblemNotice error={clips.error} onRetry={() => void clips.refetch()} />}
      {clips.data && listed.length === 0 && <p className="text-muted">{t.datasets.clipsEmpty}</p>}
      <ul>
        {listed.slice(0, limit).map((clip) => (
          <li key={clip.id} className="border-t border-line first:border-0">
            <ClipRow
              clip={clip}
              playing={player.playing === clip.id}
              failed={player.failed === clip.id}
              onToggle={() => player.toggle(clip.id, clipAudioUrl(dataset.id, clip.id))}
            />
          </li>
        ))}
      </ul>
      {listed.length > limit && (
        <div className="mt-4 text-center">
          <Button onPress={() => setLimit(limit + PAGE_SIZE)}>{t.more}</Button>
        </div>
      )}
    </Card>
  );
}

interface ClipRowProps {
  clip: Clip;
  playing: boolean;
  failed: boolean;
  onToggle: () => void;
}

function ClipRow({ clip, playing, failed, onToggle }: ClipRowProps) {
  const { t, f } = useLanguage();
  const seconds = clip.durationSeconds ?? undefined;
  return (
    <div className="flex items-start gap-3 py-3">
      <Button
        variant={playing ? "primary" : "plain"}
        size="round"
        isDisabled={seconds === undefined}
        aria-label={playing ? t.datasets.pauseClip(clip.id) : t.datasets.playClip(clip.id)}
        onPress={onToggle}
      >
        {playing ? <PauseIcon /> : <PlayIcon />}
      </Button>
      <div className="min-w-0 flex-1">
        <p dir="auto" lang="fa" className="leading-7 break-words">
          {clip.text}
        </p>
        {clip.phonemes != null && (
          <p dir="ltr" lang="und-fonipa" className="font-ipa text-[0.9rem] break-words text-muted rtl:text-right">
            {clip.phonemes}
          </p>
        )}
        <p className="flex flex-wrap items-center gap-x-3 text-[0.8rem] text-muted">
          <bdi className="font-mono">{clip.id}</bdi>
          {seconds !== undefined && <span>{f.duration(seconds)}</span>}
          {clip.speaker != null && (
            <span className="min-w-0 break-words">
              {t.voices.speaker}: <bdi>{clip.speaker}</bdi>
            </span>
          )}
          {failed && <span className="text-danger">{t.datasets.audioFailed}</span>}
        </p>
        {clip.excludedReason && (
          <div className="mt-1 flex flex-wrap items-start gap-2 text-sm text-muted">
            <Badge tone="warning">{t.datasets.excluded}</Badge>
            <ServerText text={clip.excludedReason} details={clip.excludedDetails} />
          </div>
        )}
      </div>
    </div>
  );
}

/** Plays one clip at a time, streamed: the browser requests the ranges that it needs. */
function useClipPlayer() {
  const audio = useRef<HTMLAudioElement>(undefined);
  const [playing, setPlaying] = useState<string>();
  const [failed, setFailed] = useState<string>();

  useEffect(() => () => audio.current?.pause(), []);

  function toggle(id: string, url: string) {
    if (playing === id) {
      audio.current?.pause();
      return;
    }
    const next = new Audio(url);
    audio.current = next;
    const stopped = () => setPlaying((current) => (current === id ? undefined : current));
    next.onended = stopped;
    next.onpause = stopped;
    pauseOthers(next);
    setFailed(undefined);
    setPlaying(id);
    next.play().catch((reason: unknown) => {
      stopped();
      // Pausing before the sound starts rejects the promise too, and is no error.
      if (!(reason instanceof DOMException && reason.name === "AbortError")) setFailed(id);
    });
  }

  return { playing, failed, toggle };
}
