import {
  infiniteQueryOptions,
  type InfiniteData,
  type QueryClient,
  useInfiniteQuery,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { useState } from "react";
import { unwrap, api, type Schemas } from "../api/client";
import { newKey } from "../api/idempotency";
import { asProblem } from "../api/problem";
import { POLL_INTERVAL_MS } from "../api/query";
import type { Events, LiveEvent } from "../live/events";
import type { JobAction } from "../ui/JobActions";

export type Download = Schemas["Download"];
type Page = Schemas["Items_Download"];

export const downloadKeys = {
  list: ["downloads", "list"] as const,
};

export function isActive({ status }: Download): boolean {
  return status === "queued" || status === "running";
}

/** Whether its model isn't here yet and still may come. */
export function isUnfinished(download: Download): boolean {
  return isActive(download) || download.status === "paused" || download.status === "failed";
}

export const downloadsQuery = infiniteQueryOptions({
  queryKey: downloadKeys.list,
  queryFn: ({ pageParam }) =>
    unwrap(
      api.GET("/api/sources/downloads", { params: { query: { limit: 50, ...(pageParam && { cursor: pageParam }) } } }),
    ),
  initialPageParam: "",
  getNextPageParam: (page) => page.nextCursor ?? undefined,
  select: (data) => data.pages.flatMap((page) => page.items),
  refetchInterval: ({ state }) =>
    state.data?.pages.some((page) => page.items.some(isActive)) ? POLL_INTERVAL_MS : false,
});

/** The newest download of a commit if it is unfinished. */
export function useDownloadOf(repoId: string, commit: string): Download | undefined {
  const downloads = useInfiniteQuery(downloadsQuery);
  const newest = downloads.data?.find((download) => download.repoId === repoId && download.commit === commit);
  return newest && isUnfinished(newest) ? newest : undefined;
}

export function useStartDownload() {
  const client = useQueryClient();
  // All attempts of one click share a key, so that a repeated request doesn't start a second download.
  const [key, setKey] = useState(newKey);
  return useMutation({
    mutationFn: (body: Schemas["DownloadOrder"]) =>
      unwrap(api.POST("/api/sources/download", { params: { header: { "Idempotency-Key": key } }, body })),
    onSuccess: (download) => {
      setKey(newKey());
      updateList(client, (list) => withDownload(list, download));
      void client.invalidateQueries({ queryKey: downloadKeys.list });
    },
    // A request without a response may have arrived, so its repetition keeps its key.
    onError: (error) => {
      if (asProblem(error).status !== 0) setKey(newKey());
    },
  });
}

export function useDownloadAction(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (action: JobAction) => {
      const params = { params: { path: { id } } };
      switch (action) {
        case "pause":
          return unwrap(api.POST("/api/sources/download/{id}/pause", params));
        case "resume":
          return unwrap(api.POST("/api/sources/download/{id}/resume", params));
        case "cancel":
          return unwrap(api.DELETE("/api/sources/download/{id}", params));
      }
    },
    onSuccess: (download) => updateList(client, (list) => withDownload(list, download)),
    onSettled: () => client.invalidateQueries({ queryKey: downloadKeys.list }),
  });
}

/** Updates the cached downloads. */
export function applyDownloadEvent(client: QueryClient, { event, data, at }: LiveEvent): void {
  switch (event) {
    case "download:progress": {
      const before = find(client, data.downloadId);
      updateList(client, (list) =>
        withRow(list, data.downloadId, (download) =>
          isNewer(download, at) ? withProgress(download, data, at) : download,
        ),
      );
      // Only the row has the time of the next attempt. An unknown download was started in another tab.
      if (before === undefined ? !hasMore(client) : before.status !== data.status || data.message) refetch(client);
      break;
    }
    case "download:complete":
    case "download:error":
    case "download:paused":
    case "download:cancelled":
      refetch(client);
      break;
  }
}

/** Events are replayed after a reconnection, and the row may have been read since. Both times are the database's. */
function isNewer(download: Download, at: string): boolean {
  return Date.parse(at) >= Date.parse(download.updatedAt);
}

function withProgress(download: Download, data: Events["download:progress"], at: string): Download {
  const { status, progress, bytesDownloaded, bytesTotal, filesDone, filesTotal } = data;
  return {
    ...download,
    ...{ status, progress, bytesDownloaded, bytesTotal, filesDone, filesTotal },
    bytesPerSecond: data.bytesPerSecond,
    etaSeconds: data.etaSeconds,
    currentFile: data.currentFile,
    errorMessage: data.message,
    errorDetails: data.details,
    updatedAt: at,
  };
}

type List = InfiniteData<Page, unknown>;

function withRow(list: List, id: string, update: (download: Download) => Download): List {
  const pages = list.pages.map((page) => ({
    ...page,
    items: page.items.map((row) => (row.id === id ? update(row) : row)),
  }));
  return { ...list, pages };
}

/** Replaces the download in the list, or adds it as the newest. */
function withDownload(list: List, download: Download): List {
  if (list.pages.some((page) => page.items.some((row) => row.id === download.id))) {
    return withRow(list, download.id, () => download);
  }
  const pages = list.pages.map((page, index) => (index === 0 ? { ...page, items: [download, ...page.items] } : page));
  return { ...list, pages };
}

function updateList(client: QueryClient, update: (list: List) => List): void {
  client.setQueryData(downloadsQuery.queryKey, (list) => list && update(list));
}

function find(client: QueryClient, id: string): Download | undefined {
  const list = client.getQueryData(downloadsQuery.queryKey);
  return list?.pages.flatMap((page) => page.items).find((row) => row.id === id);
}

/** Whether only a part of the list was read: a download that isn't in it may be an older one. */
function hasMore(client: QueryClient): boolean {
  return Boolean(client.getQueryData(downloadsQuery.queryKey)?.pages.at(-1)?.nextCursor);
}

function refetch(client: QueryClient): void {
  void client.invalidateQueries({ queryKey: downloadKeys.list });
}
