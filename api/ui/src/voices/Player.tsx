import type { KeyboardEvent } from "react";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { DownloadIcon, PauseIcon, PlayIcon } from "../ui/icons";
import { useWave } from "./useWave";

/** The number of presses of an arrow key from the start to the end. */
const KEY_STEPS = 20;

/** The waveform runs from left to right in every language, as in every audio player. */
export function Player({ url, label, autoPlay = false }: { url: string; label: string; autoPlay?: boolean }) {
  const { t, f } = useLanguage();
  const { box, playing, time, duration, failed, playPause, seek } = useWave(url, autoPlay);

  if (failed) return <p className="mt-2 text-sm text-danger">{t.voices.audioFailed}</p>;
  const ready = duration !== undefined;

  function seekByKey(event: KeyboardEvent) {
    if (duration === undefined) return;
    const step = duration / KEY_STEPS;
    const targets: Record<string, number> = {
      ArrowLeft: time - step,
      ArrowDown: time - step,
      ArrowRight: time + step,
      ArrowUp: time + step,
      Home: 0,
      End: duration,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    seek(Math.min(Math.max(target, 0), duration));
  }

  return (
    <div className="mt-3 flex items-center gap-3" role="group" aria-label={label} data-duration={duration ?? 0}>
      <Button
        variant="primary"
        size="round"
        aria-label={playing ? t.pause : t.play}
        isDisabled={!ready}
        onPress={playPause}
      >
        {playing ? <PauseIcon /> : <PlayIcon />}
      </Button>
      <div
        ref={box}
        dir="ltr"
        className="min-w-0 flex-1 cursor-pointer rounded"
        role="slider"
        aria-label={t.voices.waveform}
        aria-valuemin={0}
        aria-valuemax={duration ?? 0}
        aria-valuenow={time}
        aria-valuetext={f.duration(time)}
        aria-disabled={!ready}
        tabIndex={0}
        onKeyDown={seekByKey}
      />
      <span className="min-w-14 text-end text-sm text-muted">
        {ready ? f.duration(playing || time > 0 ? time : duration) : ""}
      </span>
      <a
        href={url}
        download
        aria-label={t.voices.downloadWav}
        className="grid size-11 place-items-center rounded-xl text-muted hover:bg-sunken hover:text-ink"
      >
        <DownloadIcon />
      </a>
    </div>
  );
}
