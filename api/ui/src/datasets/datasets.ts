import {
  infiniteQueryOptions,
  type QueryClient,
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { answer, api, done, type Schemas } from "../api/client";
import { POLL_INTERVAL_MS } from "../api/query";
import type { LiveEvent } from "../live/events";

export type Dataset = Schemas["Dataset"];
export type Clip = Schemas["Clip"];

export const datasetKeys = {
  list: ["datasets", "list"] as const,
  one: (id: string) => ["datasets", "one", id] as const,
  clips: (id: string) => ["datasets", "clips", id] as const,
  checked: (id: string) => ["datasets", "checked", id] as const,
};

export const datasetsQuery = infiniteQueryOptions({
  queryKey: datasetKeys.list,
  queryFn: ({ pageParam }) =>
    answer(api.GET("/api/datasets", { params: { query: { limit: 50, ...(pageParam && { cursor: pageParam }) } } })),
  initialPageParam: "",
  getNextPageParam: (page) => page.nextCursor ?? undefined,
  select: (data) => data.pages.flatMap((page) => page.items),
  refetchInterval: ({ state }) =>
    state.data?.pages.some((page) => page.items.some((row) => row.status === "preparing")) ? POLL_INTERVAL_MS : false,
});

export const datasetQuery = (id: string) =>
  queryOptions({
    queryKey: datasetKeys.one(id),
    queryFn: () => answer(api.GET("/api/datasets/{id}", { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data?.status === "preparing" ? POLL_INTERVAL_MS : false),
  });

export const clipsQuery = (id: string) =>
  queryOptions({
    queryKey: datasetKeys.clips(id),
    queryFn: async () => (await answer(api.GET("/api/datasets/{id}/clips", { params: { path: { id } } }))).items,
  });

/** How far the check of a dataset has come, as far as events told. */
export function useChecked(id: string) {
  return useQuery<{ done: number; total: number } | null>({
    queryKey: datasetKeys.checked(id),
    queryFn: () => null,
    staleTime: Infinity,
  }).data;
}

export function useDeleteDataset(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => done(api.DELETE("/api/datasets/{id}", { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: datasetKeys.list }),
  });
}

export function clipAudioUrl(dataset: string, clip: string): string {
  return `/api/datasets/${dataset}/clips/${encodeURIComponent(clip)}/audio`;
}

/** Keeps what is known of datasets current. */
export function applyDatasetEvent(client: QueryClient, { event, data }: LiveEvent): void {
  switch (event) {
    case "dataset:progress":
      client.setQueryData(datasetKeys.checked(data.datasetId), { done: data.clipsDone, total: data.clipsTotal });
      break;
    case "dataset:complete":
    case "dataset:error":
    case "dataset:cancelled":
      client.removeQueries({ queryKey: datasetKeys.checked(data.datasetId) });
      void client.invalidateQueries({ queryKey: datasetKeys.list });
      void client.invalidateQueries({ queryKey: datasetKeys.one(data.datasetId) });
      void client.invalidateQueries({ queryKey: datasetKeys.clips(data.datasetId) });
      break;
  }
}
