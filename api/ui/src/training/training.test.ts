import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import type { Events, LiveEvent } from "../live/events";
import { applyTrainingEvent, hasDiverged, hasFailedByDiverging, type Training, trainingKeys } from "./training";

const losses = { mel: 2, kl: 1, duration: 1, adversarial: 1, featureMatching: 1, generator: 90, discriminator: 3 };

function training(change: Partial<Training> = {}): Training {
  return {
    id: "t",
    status: "queued",
    modelType: "tts",
    datasetId: "d",
    datasetName: "sample",
    config: { epochs: 1, batchSize: 4, preset: "tiny", seed: 1 },
    progress: 0,
    attempts: 1,
    divergences: 0,
    warnings: [],
    createdAt: "2026-01-01T00:00:00Z",
    updatedAt: "2026-01-01T00:00:00Z",
    ...change,
  };
}

function progress(data: Partial<Events["training:progress"]>): LiveEvent {
  return {
    id: 1,
    event: "training:progress",
    data: { trainingId: "t", status: "running", progress: 0.5, ...data },
    at: "2026-01-01T00:00:01Z",
  };
}

function clientWith(row: Training): QueryClient {
  const client = new QueryClient();
  client.setQueryData(trainingKeys.one("t"), row);
  client.setQueryData(trainingKeys.list, { pages: [{ items: [row, training({ id: "u" })] }], pageParams: [""] });
  return client;
}

const cached = (client: QueryClient) => client.getQueryData<Training>(trainingKeys.one("t"));
const listed = (client: QueryClient) =>
  client.getQueryData<{ pages: { items: Training[] }[] }>(trainingKeys.list)?.pages[0]?.items ?? [];

test("a step updates the training in every cached query, and no other training", () => {
  const client = clientWith(training());
  applyTrainingEvent(client, progress({ epoch: 1, step: 5, totalSteps: 10, losses, etaSeconds: 4 }));
  expect(cached(client)).toMatchObject({ status: "running", progress: 0.5, metrics: { step: 5, etaSeconds: 4 } });
  expect(listed(client).map((row) => row.progress)).toEqual([0.5, 0]);
});

test("a change of state without a step keeps the last step", () => {
  const metrics = { epoch: 1, step: 5, totalSteps: 10, losses, learningRate: 1, stepsPerSecond: 1, etaSeconds: 4 };
  const client = clientWith(training({ metrics }));
  applyTrainingEvent(client, progress({ status: "queued" }));
  expect(cached(client)).toMatchObject({ status: "queued", metrics: { step: 5 } });
});

test("a late event doesn't change a training that has ended", () => {
  const client = clientWith(training({ status: "completed", progress: 1 }));
  applyTrainingEvent(client, progress({}));
  expect(cached(client)).toMatchObject({ status: "completed", progress: 1 });
});

test("a completed training is fetched again from the server", () => {
  const client = clientWith(training());
  const data = { trainingId: "t", status: "completed", voiceId: "v" } as const;
  applyTrainingEvent(client, { id: 2, event: "training:complete", data, at: "2026-01-01T00:00:02Z" });
  expect(client.getQueryState(trainingKeys.one("t"))?.isInvalidated).toBe(true);
});

test("a training that went back is fetched again, because it counts that", () => {
  const client = clientWith(training());
  const log = (details: Events["training:log"]["details"]): LiveEvent => ({
    id: 2,
    event: "training:log",
    data: { trainingId: "t", status: "running", level: "warning", message: "", details },
    at: "2026-01-01T00:00:02Z",
  });
  const isInvalidated = () => client.getQueryState(trainingKeys.one("t"))?.isInvalidated;
  applyTrainingEvent(client, log({ code: "resumed", params: { step: 5 } }));
  expect(isInvalidated()).toBe(false);
  applyTrainingEvent(client, log({ code: "wentBack", params: { step: 9, checkpointStep: 5, learningRate: 1e-4 } }));
  expect(isInvalidated()).toBe(true);
});

test("a training has diverged if it went back or failed of it", () => {
  expect(hasDiverged(training())).toBe(false);
  expect(hasDiverged(training({ divergences: 1 }))).toBe(true);
  expect(hasDiverged(training({ errorDetails: { code: "diverged", params: { step: 9 } } }))).toBe(true);
  expect(hasDiverged(training({ errorDetails: { code: "gpuOutOfMemory" } }))).toBe(false);
});

test("only a training that failed by diverging is better continued than tried again", () => {
  const errorDetails = { code: "diverged", params: { step: 9 } } as const;
  expect(hasFailedByDiverging(training({ status: "failed", errorDetails }))).toBe(true);
  expect(hasFailedByDiverging(training({ status: "queued", errorDetails }))).toBe(false);
  expect(hasFailedByDiverging(training({ status: "failed", errorDetails: { code: "gpuOutOfMemory" } }))).toBe(false);
  expect(hasFailedByDiverging(training({ status: "completed", divergences: 1 }))).toBe(false);
});

test("events with unknown names change nothing", () => {
  const client = clientWith(training());
  applyTrainingEvent(client, { id: 3, event: "model:unknown", data: {}, at: "" } as unknown as LiveEvent);
  expect(cached(client)).toEqual(training());
});
