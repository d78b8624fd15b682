import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { unwrap, api, type Schemas } from "../api/client";
import { isPersianKind, type Search } from "./search";

export type FoundModel = Schemas["FoundModel"];
export type ModelDetails = Schemas["ModelDetails"];

const PAGE = 20;
/** What the Hub answers doesn't depend on what happens on this server. */
const STALE_TIME_MS = 60_000;

export const sourceKeys = {
  all: ["hub"] as const,
  search: (search: Search) => ["hub", "search", search] as const,
  catalog: ["hub", "catalog"] as const,
  model: (repoId: string) => ["hub", "model", repoId] as const,
  models: ["hub", "model"] as const,
};

/** Queries of the Hub aren't refetched when the connection to our own server is back. */
export function isHubQuery(queryKey: readonly unknown[]): boolean {
  return queryKey[0] === sourceKeys.all[0];
}

/** The server retries requests to the Hub itself. */
const NO_RETRY = { retry: false, refetchOnWindowFocus: false } as const;

export const searchQuery = (search: Search) =>
  infiniteQueryOptions({
    queryKey: sourceKeys.search(search),
    queryFn: ({ pageParam, signal }) => {
      const { q, type, sort, persian } = search;
      const query = { limit: PAGE, ...(q && { q }), ...(sort && { sort }), ...(pageParam && { cursor: pageParam }) };
      return persian && isPersianKind(type)
        ? unwrap(api.GET("/api/sources/persian/{kind}", { params: { path: { kind: type }, query }, signal }))
        : unwrap(api.GET("/api/sources/search", { params: { query: { ...query, ...(type && { type }) } }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    select: (data) => data.pages.flatMap((page) => page.items),
    staleTime: STALE_TIME_MS,
    // The results of the last search stay until the new ones are here.
    placeholderData: keepPreviousData,
    ...NO_RETRY,
  });

export const catalogQuery = queryOptions({
  queryKey: sourceKeys.catalog,
  queryFn: ({ signal }) => unwrap(api.GET("/api/sources/catalog", { signal })),
  staleTime: STALE_TIME_MS,
  ...NO_RETRY,
});

export const modelQuery = (repoId: string) =>
  queryOptions({
    queryKey: sourceKeys.model(repoId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/sources/model/{repo_id}", { params: { path: { repo_id: repoId } }, signal })),
    staleTime: STALE_TIME_MS,
    ...NO_RETRY,
  });

export function shortCommit(commit: string): string {
  return commit.slice(0, 7);
}
