import { infiniteQueryOptions, type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../api/client";
import { POLL_INTERVAL_MS } from "../api/query";
import type { LiveEvent } from "../live/events";
import type { Limits } from "../ui/numbers";

export type Synthesis = Schemas["Synthesis"];

/** The server's limits. */
export const MAX_TEXT_LENGTH = 2_000;
export const LIMITS = {
  speed: { min: 0.25, max: 4, isOptional: true },
  noise: { min: 0, max: 2, isOptional: true },
  seed: { min: 0, max: Number.MAX_SAFE_INTEGER, isWhole: true, isOptional: true },
} as const satisfies Record<string, Limits>;

export const synthesisKeys = {
  list: (voiceId: string) => ["syntheses", "list", voiceId] as const,
};

export function isPending(synthesis: Synthesis): boolean {
  return synthesis.status === "queued" || synthesis.status === "running";
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

export function useSynthesize(voiceId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ key, body }: { key: string; body: Schemas["NewSynthesis"] }) => {
      const params = { path: { id: voiceId }, header: { "Idempotency-Key": key } };
      return unwrap(api.POST("/api/voices/{id}/synthesize", { params, body }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: synthesisKeys.list(voiceId) }),
  });
}

/** Updates the cached syntheses. */
export function applySynthesisEvent(client: QueryClient, { event, data }: LiveEvent): void {
  if (event === "voice:complete" || event === "voice:error") {
    void client.invalidateQueries({ queryKey: synthesisKeys.list(data.voiceId) });
  }
}
