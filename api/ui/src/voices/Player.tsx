import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import WaveSurfer from "wavesurfer.js";
import { fetchBlob } from "../api/client";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { usePrefersDark } from "../ui/colorScheme";
import { DownloadIcon, PauseIcon, PlayIcon } from "../ui/icons";
import { pauseOthers } from "../ui/sound";

/** The number of presses of an arrow key from the start to the end. */
const KEY_STEPS = 20;

/** The waveform runs from left to right in every language, as in every audio player. */
export function Player({ url, label }: { url: string; label: string }) {
  const { t, f } = useLanguage();
  const dark = usePrefersDark();
  const box = useRef<HTMLDivElement>(null);
  const surfer = useRef<WaveSurfer>(undefined);
  const [playing, setPlaying] = useState(false);
  const [time, setTime] = useState(0);
  const [duration, setDuration] = useState<number>();
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const style = getComputedStyle(element);
    const wave = WaveSurfer.create({
      container: element,
      height: 56,
      barWidth: 3,
      barGap: 2,
      barRadius: 2,
      normalize: true,
      cursorWidth: 0,
      dragToSeek: true,
      waveColor: style.getPropertyValue("--wave"),
      progressColor: style.getPropertyValue("--accent"),
    });
    surfer.current = wave;
    wave.on("ready", setDuration);
    wave.on("play", () => {
      pauseOthers(wave);
      setPlaying(true);
    });
    wave.on("pause", () => setPlaying(false));
    wave.on("finish", () => wave.setTime(0));
    wave.on("timeupdate", setTime);
    const leaving = new AbortController();
    fetchBlob(url, leaving.signal)
      .then((audio) => (leaving.signal.aborted ? undefined : wave.loadBlob(audio)))
      .catch(() => {
        if (!leaving.signal.aborted) setFailed(true);
      });
    return () => {
      leaving.abort();
      wave.destroy();
      setPlaying(false);
    };
  }, [url, dark]);

  if (failed) return <p className="mt-2 text-sm text-danger">{t.voices.audioFailed}</p>;
  const ready = duration !== undefined;

  function seek(event: KeyboardEvent) {
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
    surfer.current?.setTime(Math.min(Math.max(target, 0), duration));
  }

  return (
    <div className="mt-3 flex items-center gap-3" role="group" aria-label={label} data-duration={duration ?? 0}>
      <Button
        variant="primary"
        size="round"
        aria-label={playing ? t.pause : t.play}
        isDisabled={!ready}
        onPress={() => void surfer.current?.playPause()}
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
        onKeyDown={seek}
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
