import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import type { Events, LiveEvent } from "../live/events";
import { modelKeys } from "../models/models";
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
  client.setQueryData(modelKeys.list, []);
  return client;
}

const listed = (client: QueryClient) =>
  client.getQueryData<{ pages: { items: Download[] }[] }>(downloadKeys.list)?.pages[0]?.items ?? [];
const isAskedAgain = (client: QueryClient, key: readonly string[] = downloadKeys.list) =>
  client.getQueryState(key)?.isInvalidated;

test("what has come is seen at once in its row, and in no other", () => {
  const client = clientWith(download({ status: "running" }));
  applyDownloadEvent(client, progress());
  expect(listed(client)[0]).toMatchObject({
    ...{ progress: 0.5, bytesDownloaded: 50, filesDone: 2, bytesPerSecond: 10, etaSeconds: 5 },
    currentFile: "model.safetensors",
  });
  expect(listed(client)[1]?.progress).toBe(0);
  expect(isAskedAgain(client)).toBe(false);
});

test("what it waits for is seen at once, and when it goes on is asked for", () => {
  const client = clientWith(download({ status: "running" }));
  const waits = { status: "queued", bytesPerSecond: null, etaSeconds: null, message: "the Hub is not well" } as const;
  applyDownloadEvent(client, progress(waits));
  expect(listed(client)[0]).toMatchObject({ status: "queued", errorMessage: "the Hub is not well" });
  expect(isAskedAgain(client)).toBe(true);
});

test("an event from before the row was read changes nothing", () => {
  const row = download({ status: "completed", progress: 1, updatedAt: "2026-01-01T00:00:09Z" });
  const client = clientWith(row);
  applyDownloadEvent(client, progress());
  expect(listed(client)[0]).toEqual(row);
});

test("a failed download that is resumed elsewhere goes on here too", () => {
  const client = clientWith(download({ status: "failed", errorMessage: "no room" }));
  applyDownloadEvent(client, progress());
  expect(listed(client)[0]).toMatchObject({ status: "running", errorMessage: null });
});

test("a download that was begun elsewhere is asked for, unless it may lie further down", () => {
  const whole = clientWith(download());
  applyDownloadEvent(whole, progress({ downloadId: "new" }));
  expect(isAskedAgain(whole)).toBe(true);
  const cut = clientWith(download(), "cursor");
  applyDownloadEvent(cut, progress({ downloadId: "old" }));
  expect(isAskedAgain(cut)).toBe(false);
});

test("the end is read again from the server, and so is what is installed", () => {
  const client = clientWith(download({ status: "running" }));
  const data = { downloadId: "d", status: "completed", modelId: "m" } as const;
  applyDownloadEvent(client, { id: 2, event: "download:complete", data, at: "2026-01-01T00:00:02Z" });
  expect(isAskedAgain(client)).toBe(true);
  expect(isAskedAgain(client, modelKeys.list)).toBe(true);
});

test("a download is open until it has brought its model or was given up", () => {
  const open = (["queued", "running", "paused", "completed", "failed", "cancelled"] as const).filter((status) =>
    isUnfinished(download({ status })),
  );
  expect(open).toEqual(["queued", "running", "paused", "failed"]);
});
