import { useEffect, useRef, useState } from "react";
import WaveSurfer from "wavesurfer.js";
import { fetchBlob } from "../api/client";
import { usePrefersDark } from "../ui/colorScheme";
import { pauseOthers } from "../ui/sound";

/** Draws the waveform of a sound into the element of `box`, and plays it: at once if `autoPlay` is set. */
export function useWave(url: string, autoPlay = false) {
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
    wave.on("ready", (seconds) => {
      setDuration(seconds);
      // Browsers may refuse to play before the user has touched the page; the button is there.
      if (autoPlay) wave.play().catch(() => undefined);
    });
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
  }, [url, dark, autoPlay]);

  return {
    box,
    playing,
    time,
    duration,
    failed,
    playPause: () => void surfer.current?.playPause(),
    seek: (target: number) => surfer.current?.setTime(target),
  };
}
