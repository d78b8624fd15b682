import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { unwrap, api, type Schemas } from "../api/client";

export type Evaluation = Schemas["Evaluation"];
export type Sample = Schemas["Sample"];

/** The losses of the validation clips. */
export const EVALUATED_NAMES = ["mel", "kl", "duration"] as const satisfies readonly (keyof Evaluation["losses"])[];

/** Three evaluations of three sentences each. */
const SAMPLES_PER_PAGE = 9;

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
