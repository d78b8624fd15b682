import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { unwrap, api, type Schemas } from "../api/client";
import type { Dictionary } from "../i18n/fa";
import type { Format } from "../i18n/format";

export type Evaluation = Schemas["Evaluation"];
export type Sample = Schemas["Sample"];
export type Spoken = Schemas["Spoken"];
export type Recognition = Schemas["Recognition"];

/** How well a voice is understood; unknown where the recordings are understood too badly to be compared with. */
export type Intelligibility = "clear" | "understandable" | "partly" | "not" | "unknown";

/** What to do next. */
export type Advice = { kind: "continue" } | { kind: "listen" | "continueLater"; stalledFor: number };

/** The losses of the validation clips. */
export const EVALUATED_NAMES = ["mel", "kl", "duration"] as const satisfies readonly (keyof Evaluation["losses"])[];

/** Three evaluations of three sentences each. */
const SAMPLES_PER_PAGE = 9;

/** So many evaluations in a row that came no nearer are no coincidence any more. */
const STALLED_EVALUATIONS = 3;

/**
 * The recognizer is weak in Persian, so what counts is how many times as many letters it gets wrong as of the recordings:
 * at most this many of a voice of which so much is understood.
 */
const RATIOS = { clear: 1.1, understandable: 1.3, partly: 1.6 } as const;

/** Where it gets next to nothing wrong, a ratio is chance. */
const FEW_WRONG = 0.15;

/**
 * About so many it gets wrong, or more, where it understands nothing. No rate is above 1, so beside recordings that it
 * understands badly, the ratio of such a voice is low too: above the second rate they are nothing to compare with.
 */
const MOST_WRONG = 0.8;
const MOST_WRONG_RECORDINGS = 0.65;

export const evaluationKeys = {
  list: (id: string) => ["training", "evaluations", id] as const,
  samples: (id: string) => ["training", "samples", id] as const,
};

export const evaluationsQuery = (id: string) =>
  queryOptions({
    queryKey: evaluationKeys.list(id),
    queryFn: async () => (await unwrap(api.GET("/api/training/{id}/evaluations", { params: { path: { id } } }))).items,
  });

export const samplesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: evaluationKeys.samples(id),
    queryFn: ({ pageParam }) => {
      const query = { limit: SAMPLES_PER_PAGE, ...(pageParam && { cursor: pageParam }) };
      return unwrap(api.GET("/api/training/{id}/samples", { params: { path: { id }, query } }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    select: (data) => byStep(data.pages.flatMap((page) => page.items)),
  });

/** Groups samples by step; the samples of a step arrive in sequence. */
export function byStep(samples: Sample[]): { step: number; samples: Sample[] }[] {
  const groups: { step: number; samples: Sample[] }[] = [];
  for (const sample of samples) {
    const last = groups.at(-1);
    if (last?.step === sample.step) last.samples.push(sample);
    else groups.push({ step: sample.step, samples: [sample] });
  }
  return groups;
}

/** How near what a voice says has come to the recordings. */
export interface Nearness {
  /** The newest evaluation in which something was said. */
  newest: { step: number; spoken: Spoken };
  /** The first one that came as near as any; undefined where only one said something, which is then nearest by itself. */
  nearest: { step: number; melDistance: number; isNewest: boolean } | undefined;
  /** Evaluations since the nearest one, once they are so many that something should be done; otherwise undefined. */
  stalledFor: number | undefined;
}

/** Undefined where nothing was said in any of the evaluations, which are sorted by step. */
export function nearnessOf(evaluations: readonly Evaluation[]): Nearness | undefined {
  const said = evaluations.flatMap(({ step, spoken }, index) => (spoken ? [{ step, index, spoken }] : []));
  const newest = said.at(-1);
  if (newest === undefined) return undefined;
  const nearest = said.reduce((best, one) => (one.spoken.melDistance < best.spoken.melDistance ? one : best));
  // As for early stopping, an evaluation in which nothing was said came no nearer either.
  const since = evaluations.length - 1 - nearest.index;
  return {
    newest: { step: newest.step, spoken: newest.spoken },
    nearest:
      said.length > 1
        ? { step: nearest.step, melDistance: nearest.spoken.melDistance, isNewest: nearest === newest }
        : undefined,
    stalledFor: since >= STALLED_EVALUATIONS ? since : undefined,
  };
}

export function intelligibilityOf({
  characterErrorRate: wrong,
  recordingsCharacterErrorRate: recordings,
}: Recognition): Intelligibility {
  const isWithin = (ratio: number) => wrong <= ratio * recordings;
  if (recordings > MOST_WRONG_RECORDINGS) return "unknown";
  if (wrong >= MOST_WRONG) return "not";
  if (isWithin(RATIOS.clear)) return "clear";
  if (isWithin(RATIOS.understandable) || wrong <= FEW_WRONG) return "understandable";
  return isWithin(RATIOS.partly) ? "partly" : "not";
}

/** `isRemedyTold` where the page says elsewhere what makes the voice better. */
export function adviceOf(
  { newest, stalledFor }: Nearness,
  { hasEnded, isRemedyTold }: { hasEnded: boolean; isRemedyTold: boolean },
): Advice | undefined {
  const isUnclear = isBadlyUnderstood(newest);
  if (isUnclear && isRemedyTold) return undefined;
  if (hasEnded) return isUnclear ? { kind: "continue" } : undefined;
  return stalledFor === undefined ? undefined : { kind: isUnclear ? "continueLater" : "listen", stalledFor };
}

/** Before the first step, that says nothing about the training. */
function isBadlyUnderstood({ step, spoken: { recognition } }: Nearness["newest"]): boolean {
  if (step === 0 || !recognition) return false;
  const intelligibility = intelligibilityOf(recognition);
  return intelligibility === "partly" || intelligibility === "not";
}

export function intelligibilityText(recognition: Recognition, t: Dictionary): string {
  const { told, levels } = t.training.intelligibility;
  return told(levels[intelligibilityOf(recognition)]);
}

/** In whole percents: they are of few sentences. */
export function wrongLettersText(
  { characterErrorRate, recordingsCharacterErrorRate }: Recognition,
  t: Dictionary,
  f: Format,
): string {
  const percent = (rate: number) => f.percent(Math.round(100 * rate) / 100);
  return t.training.intelligibility.wrongLetters(percent(characterErrorRate), percent(recordingsCharacterErrorRate));
}

/** What one evaluation found. */
export function spokenText(spoken: Spoken, t: Dictionary, f: Format): string {
  const { recognition } = spoken;
  const text = distanceText(spoken, t, f);
  return recognition
    ? `${intelligibilityText(recognition, t)} (${wrongLettersText(recognition, t, f)}) · ${text}`
    : text;
}

export function nearnessText({ newest: { spoken }, nearest }: Nearness, t: Dictionary, f: Format): string {
  if (nearest === undefined) return distanceText(spoken, t, f);
  const texts = t.training.nearness;
  const compared = nearest.isNewest
    ? texts.nearest
    : texts.nearestAt(f.measure(nearest.melDistance), f.number(nearest.step));
  return distanceText(spoken, t, f, compared);
}

/** In parentheses, where known, how near the nearest evaluation came. */
function distanceText({ melDistance, durationError }: Spoken, t: Dictionary, f: Format, nearest = ""): string {
  const { distance, lengthError } = t.training.nearness;
  const compared = nearest && ` (${nearest})`;
  return `${distance(f.measure(melDistance))}${compared} · ${lengthError(f.percent(durationError))}`;
}
