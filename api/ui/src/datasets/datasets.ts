import {
  infiniteQueryOptions,
  type QueryClient,
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { unwrap, api, unwrapEmpty, type Schemas } from "../api/client";
import { POLL_INTERVAL_MS } from "../api/query";
import type { LiveEvent } from "../live/events";

export type Dataset = Schemas["Dataset"];
export type Clip = Schemas["Clip"];

export const datasetKeys = {
  list: ["datasets", "list"] as const,
  one: (id: string) => ["datasets", "one", id] as const,
  clips: (id: string) => ["datasets", "clips", id] as const,
  checkProgress: (id: string) => ["datasets", "check-progress", id] as const,
};

export const datasetsQuery = infiniteQueryOptions({
  queryKey: datasetKeys.list,
  queryFn: ({ pageParam }) =>
    unwrap(api.GET("/api/datasets", { params: { query: { limit: 50, ...(pageParam && { cursor: pageParam }) } } })),
  initialPageParam: "",
  getNextPageParam: (page) => page.nextCursor ?? undefined,
  select: (data) => data.pages.flatMap((page) => page.items),
  refetchInterval: ({ state }) =>
    state.data?.pages.some((page) => page.items.some((row) => row.status === "preparing")) ? POLL_INTERVAL_MS : false,
});

export const datasetQuery = (id: string) =>
  queryOptions({
    queryKey: datasetKeys.one(id),
    queryFn: () => unwrap(api.GET("/api/datasets/{id}", { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data?.status === "preparing" ? POLL_INTERVAL_MS : false),
  });

export const clipsQuery = (id: string) =>
  queryOptions({
    queryKey: datasetKeys.clips(id),
    queryFn: async () => (await unwrap(api.GET("/api/datasets/{id}/clips", { params: { path: { id } } }))).items,
  });

/** How many clips have been checked; known from events only. */
export function useCheckProgress(id: string) {
  return useQuery<{ done: number; total: number } | null>({
    queryKey: datasetKeys.checkProgress(id),
    queryFn: () => null,
    staleTime: Infinity,
  }).data;
}

export function useDeleteDataset(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrapEmpty(api.DELETE("/api/datasets/{id}", { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: datasetKeys.list }),
  });
}

export function clipAudioUrl(dataset: string, clip: string): string {
  return `/api/datasets/${dataset}/clips/${encodeURIComponent(clip)}/audio`;
}

/** Updates the cached datasets. */
export function applyDatasetEvent(client: QueryClient, { event, data }: LiveEvent): void {
  switch (event) {
    case "dataset:progress":
      client.setQueryData(datasetKeys.checkProgress(data.datasetId), { done: data.clipsDone, total: data.clipsTotal });
      break;
    case "dataset:complete":
    case "dataset:error":
    case "dataset:cancelled":
      client.removeQueries({ queryKey: datasetKeys.checkProgress(data.datasetId) });
      void client.invalidateQueries({ queryKey: datasetKeys.list });
      void client.invalidateQueries({ queryKey: datasetKeys.one(data.datasetId) });
      void client.invalidateQueries({ queryKey: datasetKeys.clips(data.datasetId) });
      break;
  }
}
