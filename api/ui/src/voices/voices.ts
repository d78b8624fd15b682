import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, unwrap, unwrapEmpty } from "../api/client";
import { synthesisKeys } from "./syntheses";

export type Voice = Schemas["Voice"];

/** What a voice is given to speak. Before there was a choice, characters were taught. */
export function textModeOf({ text }: Pick<Voice, "text">): Schemas["TextMode"] {
  return text ?? "characters";
}

/**
 * Who speaks: the one who was asked to, or else the first of the voice's speakers. Undefined where the voice has only one,
 * who needs no name.
 */
export function speakerOf({ speakers }: Pick<Voice, "speakers">, asked: string | null | undefined): string | undefined {
  return speakers.length === 0 ? undefined : (asked ?? speakers[0]);
}

/** The user's own voices before the one that is shipped with Avagar, in the order of the list otherwise. */
export function ownFirst<V extends Pick<Voice, "shipped">>(voices: readonly V[]): V[] {
  return voices.toSorted((a, b) => Number(a.shipped) - Number(b.shipped));
}

export const voiceKeys = {
  list: ["voices", "list"] as const,
  one: (id: string) => ["voices", "one", id] as const,
};

export const voicesQuery = infiniteQueryOptions({
  queryKey: voiceKeys.list,
  queryFn: ({ pageParam }) =>
    unwrap(api.GET("/api/voices", { params: { query: { limit: 20, ...(pageParam && { cursor: pageParam }) } } })),
  initialPageParam: "",
  getNextPageParam: (page) => page.nextCursor ?? undefined,
  select: (data) => ownFirst(data.pages.flatMap((page) => page.items)),
});

export const voiceQuery = (id: string) =>
  queryOptions({
    queryKey: voiceKeys.one(id),
    queryFn: () => unwrap(api.GET("/api/voices/{id}", { params: { path: { id } } })),
  });

export function useDeleteVoice(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrapEmpty(api.DELETE("/api/voices/{id}", { params: { path: { id } } })),
    onSuccess: () => {
      client.removeQueries({ queryKey: synthesisKeys.list(id) });
      // Trainings refer to their voice.
      void client.invalidateQueries({ queryKey: ["training"] });
      return client.invalidateQueries({ queryKey: voiceKeys.list });
    },
  });
}

export function fileUrl(voice: Voice, path: string): string {
  return `/api/voices/${voice.id}/files/${path.split("/").map(encodeURIComponent).join("/")}`;
}
