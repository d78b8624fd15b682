import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import type { Events, LiveEvent } from "../live/events";
import { applyDownloadEvent, type Download, downloadKeys, isUnfinished } from "./downloads";

function download(change: Partial<Download> = {}): Download {
  return {
    id: "d",
    status: "queued",
    modelId: "m",
    repoId: "facebook/mms-tts-fas",
    revision: "main",
    commit: "0123456789",
    progress: 0,
    bytesDownloaded: 0,
    bytesTotal: 100,
    filesDone: 0,
    filesTotal: 4,
    attempts: 1,
    readyAt: "2026-01-01T00:00:00Z",
    createdAt: "2026-01-01T00:00:00Z",
    updatedAt: "2026-01-01T00:00:00Z",
    ...change,
  };
}

function progress(data: Partial<Events["download:progress"]> = {}, at = "2026-01-01T00:00:01Z"): LiveEvent {
  return {
    id: 1,
    event: "download:progress",
    data: {
      downloadId: "d",
      status: "running",
      progress: 0.5,
      bytesDownloaded: 50,
      bytesTotal: 100,
      filesDone: 2,
      filesTotal: 4,
      bytesPerSecond: 10,
      etaSeconds: 5,
      currentFile: "model.safetensors",
      message: null,
      ...data,
    },
    at,
  };
}

function clientWith(row: Download, nextCursor: string | null = null): QueryClient {
  const client = new QueryClient();
  const pages = [{ items: [row, download({ id: "other" })], nextCursor }];
  client.setQueryData(downloadKeys.list, { pages, pageParams: [""] });
  return client;
}

const listed = (client: QueryClient) =>
  client.getQueryData<{ pages: { items: Download[] }[] }>(downloadKeys.list)?.pages[0]?.items ?? [];
const isInvalidated = (client: QueryClient) => client.getQueryState(downloadKeys.list)?.isInvalidated;

test("progress updates its download at once, and no other", () => {
  const client = clientWith(download({ status: "running" }));
  applyDownloadEvent(client, progress());
  expect(listed(client)[0]).toMatchObject({
    ...{ progress: 0.5, bytesDownloaded: 50, filesDone: 2, bytesPerSecond: 10, etaSeconds: 5 },
    currentFile: "model.safetensors",
  });
  expect(listed(client)[1]?.progress).toBe(0);
  expect(isInvalidated(client)).toBe(false);
});

test("the reason for waiting is shown at once, and the time of the next attempt is fetched", () => {
  const client = clientWith(download({ status: "running" }));
  const waiting = {
    status: "queued",
    bytesPerSecond: null,
    etaSeconds: null,
    message: "the Hub is unavailable",
  } as const;
  applyDownloadEvent(client, progress(waiting));
  expect(listed(client)[0]).toMatchObject({ status: "queued", errorMessage: "the Hub is unavailable" });
  expect(isInvalidated(client)).toBe(true);
});

test("an event from before the row was fetched changes nothing", () => {
  const row = download({ status: "completed", progress: 1, updatedAt: "2026-01-01T00:00:09Z" });
  const client = clientWith(row);
  applyDownloadEvent(client, progress());
  expect(listed(client)[0]).toEqual(row);
});

test("a failed download that is resumed in another tab continues in this one", () => {
  const client = clientWith(download({ status: "failed", errorMessage: "insufficient storage" }));
  applyDownloadEvent(client, progress());
  expect(listed(client)[0]).toMatchObject({ status: "running", errorMessage: null });
});

test("an unknown download is fetched, unless it may be on a page that wasn't read", () => {
  const complete = clientWith(download());
  applyDownloadEvent(complete, progress({ downloadId: "new" }));
  expect(isInvalidated(complete)).toBe(true);
  const partial = clientWith(download(), "cursor");
  applyDownloadEvent(partial, progress({ downloadId: "old" }));
  expect(isInvalidated(partial)).toBe(false);
});

test("a completed download is fetched again from the server", () => {
  const client = clientWith(download({ status: "running" }));
  const data = { downloadId: "d", status: "completed", modelId: "m" } as const;
  applyDownloadEvent(client, { id: 2, event: "download:complete", data, at: "2026-01-01T00:00:02Z" });
  expect(isInvalidated(client)).toBe(true);
});

test("a download is unfinished until it is completed or cancelled", () => {
  const unfinished = (["queued", "running", "paused", "completed", "failed", "cancelled"] as const).filter((status) =>
    isUnfinished(download({ status })),
  );
  expect(unfinished).toEqual(["queued", "running", "paused", "failed"]);
});
