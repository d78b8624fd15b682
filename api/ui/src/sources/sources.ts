import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { isPersianKind, type Search } from "./search";

export type FoundModel = Schemas["FoundModel"];
export type ModelDetails = Schemas["ModelDetails"];

const PAGE = 20;
/** What the Hub said is good for a while: nothing of it changes by what happens here. */
const FRESH_MS = 60_000;

export const sourceKeys = {
  all: ["hub"] as const,
  search: (search: Search) => ["hub", "search", search] as const,
  catalog: ["hub", "catalog"] as const,
  model: (repoId: string) => ["hub", "model", repoId] as const,
  models: ["hub", "model"] as const,
};

/** Whether an answer is the Hub's. It is not read again with the rest whenever our own connection is back. */
export function isOfTheHub(queryKey: readonly unknown[]): boolean {
  return queryKey[0] === sourceKeys.all[0];
}

/** The server has tried its best with the Hub before it refuses; whether to try again is the person's choice. */
const ASKED_ONCE = { retry: false, refetchOnWindowFocus: false } as const;

export const searchQuery = (search: Search) =>
  infiniteQueryOptions({
    queryKey: sourceKeys.search(search),
    queryFn: ({ pageParam, signal }) => {
      const { q, type, sort, persian } = search;
      const query = { limit: PAGE, ...(q && { q }), ...(sort && { sort }), ...(pageParam && { cursor: pageParam }) };
      return persian && isPersianKind(type)
        ? answer(api.GET("/api/sources/persian/{kind}", { params: { path: { kind: type }, query }, signal }))
        : answer(api.GET("/api/sources/search", { params: { query: { ...query, ...(type && { type }) } }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    select: (data) => data.pages.flatMap((page) => page.items),
    staleTime: FRESH_MS,
    // What was found for fewer letters stays until there is something better to show.
    placeholderData: keepPreviousData,
    ...ASKED_ONCE,
  });

export const catalogQuery = queryOptions({
  queryKey: sourceKeys.catalog,
  queryFn: ({ signal }) => answer(api.GET("/api/sources/catalog", { signal })),
  staleTime: FRESH_MS,
  ...ASKED_ONCE,
});

export const modelQuery = (repoId: string) =>
  queryOptions({
    queryKey: sourceKeys.model(repoId),
    queryFn: ({ signal }) =>
      answer(api.GET("/api/sources/model/{repo_id}", { params: { path: { repo_id: repoId } }, signal })),
    staleTime: FRESH_MS,
    ...ASKED_ONCE,
  });

/** How people name a commit. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 7);
}
