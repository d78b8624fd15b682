import { infiniteQueryOptions, type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, unwrap, unwrapEmpty } from "../api/client";
import { limits } from "../api/limits";
import { asProblem } from "../api/problem";
import { invalidateAnalyses } from "./analysis";
import { withoutSigns } from "./pronunciation";

export type DictionaryEntry = Schemas["DictionaryEntry"];

export const MAX_PHONEMES_LENGTH = limits.Pronunciation.phonemes.maxLength;

const listKey = ["dictionary", "list"] as const;

export const dictionaryQuery = infiniteQueryOptions({
  queryKey: listKey,
  queryFn: ({ pageParam }) =>
    unwrap(api.GET("/api/dictionary", { params: { query: { limit: 20, ...(pageParam && { cursor: pageParam }) } } })),
  initialPageParam: "",
  getNextPageParam: (page) => page.nextCursor ?? undefined,
  select: (data) => data.pages.flatMap((page) => page.items),
});

/** Every text is read anew with the changed dictionary. */
async function refresh(client: QueryClient): Promise<void> {
  await Promise.all([client.invalidateQueries({ queryKey: listKey }), invalidateAnalyses(client)]);
}

export function useSaveWord(word: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (phonemes: string) =>
      unwrap(api.PUT("/api/dictionary/{word}", { params: { path: { word } }, body: { phonemes } })),
    onSuccess: () => refresh(client),
  });
}

async function removeWord(word: string): Promise<void> {
  await unwrapEmpty(api.DELETE("/api/dictionary/{word}", { params: { path: { word } } }));
}

/** A word with vowel signs may be in the dictionary without them. One that is gone already is as good as removed. */
async function removeEntryOf(word: string): Promise<void> {
  for (const spelling of new Set([word, withoutSigns(word)])) {
    try {
      return await removeWord(spelling);
    } catch (error) {
      if (asProblem(error).status !== 404) throw error;
    }
  }
}

export function useRemoveWord(word: string) {
  const client = useQueryClient();
  return useMutation({ mutationFn: () => removeEntryOf(word), onSuccess: () => refresh(client) });
}
