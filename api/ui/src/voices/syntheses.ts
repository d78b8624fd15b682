import {
  infiniteQueryOptions,
  type QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../api/client";
import { limits } from "../api/limits";
import { POLL_INTERVAL_MS } from "../api/query";
import type { LiveEvent } from "../live/events";

export type Synthesis = Schemas["Synthesis"];

/** The server's limits. */
export const LIMITS = limits.NewSynthesis;
export const MAX_TEXT_LENGTH = LIMITS.text.maxLength;

export const synthesisKeys = {
  list: (voiceId: string) => ["syntheses", "list", voiceId] as const,
  one: (id: string) => ["syntheses", "one", id] as const,
};

/** Length of an excerpt, in characters. */
const MAX_EXCERPT = 80;

export function isPending(synthesis: Synthesis): boolean {
  return synthesis.status === "queued" || synthesis.status === "running";
}

/** The fraction that is spoken; undefined where it isn't known, as before the first sentence is spoken. */
export function spokenFraction({ status, progress }: Pick<Synthesis, "status" | "progress">): number | undefined {
  return status === "running" && progress > 0 ? progress : undefined;
}

/** The beginning of a long text, as the name of its sound. */
export function excerpt(text: string): string {
  const characters = Array.from(text);
  if (characters.length <= MAX_EXCERPT) return text;
  return `${characters.slice(0, MAX_EXCERPT).join("").trimEnd()}…`;
}

export const synthesesQuery = (voiceId: string) =>
  infiniteQueryOptions({
    queryKey: synthesisKeys.list(voiceId),
    queryFn: ({ pageParam }) => {
      const query = { limit: 10, ...(pageParam && { cursor: pageParam }) };
      return unwrap(api.GET("/api/voices/{id}/syntheses", { params: { path: { id: voiceId }, query } }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    select: (data) => data.pages.flatMap((page) => page.items),
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.items.some(isPending)) ? POLL_INTERVAL_MS : false,
  });

export const synthesisQuery = (id: string) =>
  queryOptions({
    queryKey: synthesisKeys.one(id),
    queryFn: () => unwrap(api.GET("/api/syntheses/{id}", { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data && isPending(state.data) ? POLL_INTERVAL_MS : false),
  });

export function useSynthesize() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ voiceId, key, body }: { voiceId: string; key: string; body: Schemas["NewSynthesis"] }) => {
      const params = { path: { id: voiceId }, header: { "Idempotency-Key": key } };
      return unwrap(api.POST("/api/voices/{id}/synthesize", { params, body }));
    },
    onSuccess: (_, { voiceId }) => client.invalidateQueries({ queryKey: synthesisKeys.list(voiceId) }),
  });
}

/** Updates the cached syntheses. */
export function applySynthesisEvent(client: QueryClient, { event, data }: LiveEvent): void {
  switch (event) {
    case "voice:progress": {
      const change = (row: Synthesis): Synthesis =>
        row.id === data.synthesisId && isPending(row) ? { ...row, status: data.status, progress: data.progress } : row;
      client.setQueryData<Synthesis>(synthesisKeys.one(data.synthesisId), (row) => row && change(row));
      client.setQueryData(
        synthesesQuery(data.voiceId).queryKey,
        (list) => list && { ...list, pages: list.pages.map((page) => ({ ...page, items: page.items.map(change) })) },
      );
      break;
    }
    case "voice:complete":
    case "voice:error":
      void client.invalidateQueries({ queryKey: synthesisKeys.one(data.synthesisId) });
      void client.invalidateQueries({ queryKey: synthesisKeys.list(data.voiceId) });
      break;
  }
}
