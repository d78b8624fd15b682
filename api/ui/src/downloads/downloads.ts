import {
  infiniteQueryOptions,
  type InfiniteData,
  type QueryClient,
  useInfiniteQuery,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, type Schemas } from "../api/client";
import { newKey } from "../api/idempotency";
import { asProblem } from "../api/problem";
import { POLL_INTERVAL_MS } from "../api/query";
import type { Events, LiveEvent } from "../live/events";
import { modelKeys } from "../models/models";
import { sourceKeys } from "../sources/sources";
import type { Wish } from "../ui/JobActions";

export type Download = Schemas["Download"];
type Page = Schemas["Items_Download"];

export const downloadKeys = {
  list: ["downloads", "list"] as const,
};

/** Whether something happens to it without anybody asking. */
export function isUnderWay({ status }: Download): boolean {
  return status === "queued" || status === "running";
}

/** Whether it has brought nothing yet, and still may. */
export function isOpen(download: Download): boolean {
  return isUnderWay(download) || download.status === "paused" || download.status === "failed";
}

export const downloadsQuery = infiniteQueryOptions({
  queryKey: downloadKeys.list,
  queryFn: ({ pageParam }) =>
    answer(
      api.GET("/api/sources/downloads", { params: { query: { limit: 50, ...(pageParam && { cursor: pageParam }) } } }),
    ),
  initialPageParam: "",
  getNextPageParam: (page) => page.nextCursor ?? undefined,
  select: (data) => data.pages.flatMap((page) => page.items),
  refetchInterval: ({ state }) =>
    state.data?.pages.some((page) => page.items.some(isUnderWay)) ? POLL_INTERVAL_MS : false,
});

/** The newest download of a commit, unless it is over: then whether the model is here says all. */
export function useDownloadOf(repoId: string, commit: string): Download | undefined {
  const downloads = useInfiniteQuery(downloadsQuery);
  const newest = downloads.data?.find((download) => download.repoId === repoId && download.commit === commit);
  return newest && isOpen(newest) ? newest : undefined;
}

export function useOrderDownload() {
  const client = useQueryClient();
  // One key for all attempts of one click, so that a repeated request can't start two downloads.
  const [key, setKey] = useState(newKey);
  return useMutation({
    mutationFn: (body: Schemas["DownloadOrder"]) =>
      answer(api.POST("/api/sources/download", { params: { header: { "Idempotency-Key": key } }, body })),
    onSuccess: (download) => {
      setKey(newKey());
      change(client, (list) => withDownload(list, download));
      void client.invalidateQueries({ queryKey: downloadKeys.list });
    },
    // One that got no answer may have arrived, so its repetition keeps its key.
    onError: (error) => {
      if (asProblem(error).status !== 0) setKey(newKey());
    },
  });
}

export function useWish(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (wish: Wish) => {
      const params = { params: { path: { id } } };
      switch (wish) {
        case "pause":
          return answer(api.POST("/api/sources/download/{id}/pause", params));
        case "resume":
          return answer(api.POST("/api/sources/download/{id}/resume", params));
        case "cancel":
          return answer(api.DELETE("/api/sources/download/{id}", params));
      }
    },
    onSuccess: (download) => change(client, (list) => withDownload(list, download)),
    onSettled: () => client.invalidateQueries({ queryKey: downloadKeys.list }),
  });
}

/** Keeps what is known of downloads current. */
export function applyDownloadEvent(client: QueryClient, { event, data, at }: LiveEvent): void {
  switch (event) {
    case "download:progress": {
      const before = find(client, data.downloadId);
      change(client, (list) =>
        withRow(list, data.downloadId, (download) =>
          isNews(download, at) ? progressed(download, data, at) : download,
        ),
      );
      // When it is tried again, and for which time, stands in the row only. One that isn't known was begun elsewhere.
      if (before === undefined ? !isCut(client) : before.status !== data.status || data.message) refetch(client);
      break;
    }
    case "download:complete":
      void client.invalidateQueries({ queryKey: modelKeys.list });
      void client.invalidateQueries({ queryKey: sourceKeys.models });
      refetch(client);
      break;
    case "download:error":
    case "download:paused":
    case "download:cancelled":
      refetch(client);
      break;
  }
}

/** Events are heard again after a connection broke; the row may have been read since. Both times are the database's. */
function isNews(download: Download, at: string): boolean {
  return Date.parse(at) >= Date.parse(download.updatedAt);
}

function progressed(download: Download, data: Events["download:progress"], at: string): Download {
  const { status, progress, bytesDownloaded, bytesTotal, filesDone, filesTotal } = data;
  return {
    ...download,
    ...{ status, progress, bytesDownloaded, bytesTotal, filesDone, filesTotal },
    bytesPerSecond: data.bytesPerSecond,
    etaSeconds: data.etaSeconds,
    currentFile: data.currentFile,
    errorMessage: data.message,
    updatedAt: at,
  };
}

type List = InfiniteData<Page, unknown>;

function withRow(list: List, id: string, changed: (download: Download) => Download): List {
  const pages = list.pages.map((page) => ({
    ...page,
    items: page.items.map((row) => (row.id === id ? changed(row) : row)),
  }));
  return { ...list, pages };
}

/** The list with this row as it is now: in its place, or as the newest. */
function withDownload(list: List, download: Download): List {
  if (list.pages.some((page) => page.items.some((row) => row.id === download.id))) {
    return withRow(list, download.id, () => download);
  }
  const pages = list.pages.map((page, index) => (index === 0 ? { ...page, items: [download, ...page.items] } : page));
  return { ...list, pages };
}

function change(client: QueryClient, changed: (list: List) => List): void {
  client.setQueryData(downloadsQuery.queryKey, (list) => list && changed(list));
}

function find(client: QueryClient, id: string): Download | undefined {
  const list = client.getQueryData(downloadsQuery.queryKey);
  return list?.pages.flatMap((page) => page.items).find((row) => row.id === id);
}

/** Whether the list goes on behind what was read of it: what isn't in there may be older. */
function isCut(client: QueryClient): boolean {
  return Boolean(client.getQueryData(downloadsQuery.queryKey)?.pages.at(-1)?.nextCursor);
}

function refetch(client: QueryClient): void {
  void client.invalidateQueries({ queryKey: downloadKeys.list });
}
