import { infiniteQueryOptions, type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
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
