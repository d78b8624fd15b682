import type { Schemas } from "../api/client";
import { speakerOf, type Voice } from "./voices";

export const SPEECH_OPTIONS = ["speed", "noise", "seed"] as const;

type SpeechOptions = Record<(typeof SPEECH_OPTIONS)[number], number>;

/** What an empty field stands for. */
export const DEFAULT_OPTIONS: SpeechOptions = { speed: 1, noise: 0.667, seed: 1 };

/** What is filled in. */
export interface NewSynthesis {
  text: string;
  /** Undefined as long as nobody is chosen. */
  speaker: string | undefined;
  /** Undefined where a field is empty. */
  options: { [name in keyof SpeechOptions]: number | undefined };
}

export function toNewSynthesisRequest(
  voice: Pick<Voice, "speakers">,
  { text, speaker: chosen, options }: NewSynthesis,
): Schemas["NewSynthesis"] {
  const speaker = speakerOf(voice, chosen);
  return {
    text,
    ...(speaker !== undefined && { speaker }),
    speed: options.speed ?? DEFAULT_OPTIONS.speed,
    noise: options.noise ?? DEFAULT_OPTIONS.noise,
    seed: options.seed ?? DEFAULT_OPTIONS.seed,
  };
}
