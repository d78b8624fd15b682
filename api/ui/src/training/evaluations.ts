import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { unwrap, api, type Schemas } from "../api/client";
import type { Dictionary } from "../i18n/fa";
import type { Format } from "../i18n/format";

export type Evaluation = Schemas["Evaluation"];
export type Sample = Schemas["Sample"];
export type Spoken = Schemas["Spoken"];

/** The losses of the validation clips. */
export const EVALUATED_NAMES = ["mel", "kl", "duration"] as const satisfies readonly (keyof Evaluation["losses"])[];

/** Three evaluations of three sentences each. */
const SAMPLES_PER_PAGE = 9;

/** So many evaluations in a row that came no nearer are no coincidence any more. */
const STALLED_EVALUATIONS = 3;

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
  newest: Spoken;
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
    newest: newest.spoken,
    nearest:
      said.length > 1
        ? { step: nearest.step, melDistance: nearest.spoken.melDistance, isNewest: nearest === newest }
        : undefined,
    stalledFor: since >= STALLED_EVALUATIONS ? since : undefined,
  };
}

/** What one evaluation found, and in parentheses, where known, how near the nearest one came. */
export function spokenText({ melDistance, durationError }: Spoken, t: Dictionary, f: Format, nearest = ""): string {
  const { distance, lengthError } = t.training.nearness;
  const compared = nearest && ` (${nearest})`;
  return `${distance(f.measure(melDistance))}${compared} · ${lengthError(f.percent(durationError))}`;
}

export function nearnessText({ newest, nearest }: Nearness, t: Dictionary, f: Format): string {
  if (nearest === undefined) return spokenText(newest, t, f);
  const texts = t.training.nearness;
  const compared = nearest.isNewest
    ? texts.nearest
    : texts.nearestAt(f.measure(nearest.melDistance), f.number(nearest.step));
  return spokenText(newest, t, f, compared);
}
