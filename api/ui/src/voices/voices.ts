import {
  infiniteQueryOptions,
  type QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { answer, api, done, type Schemas } from "../api/client";
import { limits } from "../api/limits";
import type { LiveEvent } from "../live/events";

export type Voice = Schemas["Voice"];
export type Synthesis = Schemas["Synthesis"];

/** The server's limits. */
export const LIMITS = limits.NewSynthesis;
export const MAX_TEXT_LENGTH = LIMITS.text.maxLength;
/** A sentence takes a moment; where an event is lost, nobody should notice. */
const POLL_MS = 3_000;

export const voiceKeys = {
  list: ["voices", "list"] as const,
  one: (id: string) => ["voices", "one", id] as const,
  said: (id: string) => ["voices", "said", id] as const,
};

export const voicesQuery = infiniteQueryOptions({
  queryKey: voiceKeys.list,
  queryFn: ({ pageParam }) =>
    answer(api.GET("/api/voices", { params: { query: { limit: 20, ...(pageParam && { cursor: pageParam }) } } })),
  initialPageParam: "",
  getNextPageParam: (page) => page.nextCursor ?? undefined,
  select: (data) => data.pages.flatMap((page) => page.items),
});

export const voiceQuery = (id: string) =>
  queryOptions({
    queryKey: voiceKeys.one(id),
    queryFn: () => answer(api.GET("/api/voices/{id}", { params: { path: { id } } })),
  });

export function isPending(synthesis: Synthesis): boolean {
  return synthesis.status === "queued" || synthesis.status === "running";
}

export const saidQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: voiceKeys.said(id),
    queryFn: ({ pageParam }) => {
      const query = { limit: 10, ...(pageParam && { cursor: pageParam }) };
      return answer(api.GET("/api/voices/{id}/syntheses", { params: { path: { id }, query } }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    select: (data) => data.pages.flatMap((page) => page.items),
    refetchInterval: ({ state }) => (state.data?.pages.some((page) => page.items.some(isPending)) ? POLL_MS : false),
  });

export function useSpeak(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ key, body }: { key: string; body: Schemas["NewSynthesis"] }) => {
      const params = { path: { id }, header: { "Idempotency-Key": key } };
      return answer(api.POST("/api/voices/{id}/synthesize", { params, body }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: voiceKeys.said(id) }),
  });
}

export function useDeleteVoice(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => done(api.DELETE("/api/voices/{id}", { params: { path: { id } } })),
    onSuccess: () => {
      client.removeQueries({ queryKey: voiceKeys.said(id) });
      // Trainings name their voice.
      void client.invalidateQueries({ queryKey: ["training"] });
      return client.invalidateQueries({ queryKey: voiceKeys.list });
    },
  });
}

/** Where to fetch one of a voice's files. */
export function fileUrl(voice: Voice, path: string): string {
  return `/api/voices/${voice.id}/files/${path.split("/").map(encodeURIComponent).join("/")}`;
}

/** Keeps what is known of voices current. */
export function applyVoiceEvent(client: QueryClient, { event, data }: LiveEvent): void {
  if (event === "voice:complete" || event === "voice:error") {
    void client.invalidateQueries({ queryKey: voiceKeys.said(data.voiceId) });
  }
}
