import { expect, test } from "vitest";
import { defaultContinuation, lastLearningRate, newestCheckpoint, toContinuationRequest } from "./continuation";
import type { Training } from "./training";

const config = { epochs: 5, batchSize: 4, preset: "tiny", seed: 1 } as const;
const training = { config, datasetId: "d", status: "completed" } as const;
const checkpoint = { id: "c", epoch: 4 };

test("a training is continued for as many epochs as it had, with its dataset, at its learning rate", () => {
  const value = defaultContinuation(training, checkpoint);
  expect(value).toEqual({ epochs: 5, learningRate: undefined, checkpointId: "c", datasetId: "d" });
  expect(toContinuationRequest(value, training)).toEqual({ epochs: 5, checkpointId: "c" });
});

test("a training that needs more epochs is continued for those that it lacks after the checkpoint", () => {
  expect(defaultContinuation(training, checkpoint, 300).epochs).toBe(296);
  expect(defaultContinuation(training, checkpoint, 3).epochs).toBe(1);
});

test("a training that failed by diverging is continued at half its learning rate", () => {
  const errorDetails = { code: "diverged", params: { step: 9 } } as const;
  const metrics = { learningRate: 1.2487e-4 } as Training["metrics"];
  const rate = (change: Partial<Training>) =>
    defaultContinuation({ ...training, status: "failed", errorDetails, ...change }, checkpoint).learningRate;
  expect(rate({ metrics })).toBe(6.2e-5);
  expect(rate({ metrics: { ...metrics, learningRate: 1e-7 } as Training["metrics"] })).toBe(1e-7);
  expect(rate({ metrics: null, config: { ...config, learningRate: 2e-4 } })).toBe(1e-4);
  expect(rate({})).toBeUndefined();
  expect(rate({ metrics, errorDetails: { code: "gpuOutOfMemory" } })).toBeUndefined();
});

test("only the fields that were filled in and another dataset are sent", () => {
  const value = { epochs: undefined, learningRate: 1e-5, checkpointId: "c", datasetId: "other" };
  expect(toContinuationRequest(value, training)).toEqual({ learningRate: 1e-5, checkpointId: "c", datasetId: "other" });
});

test("the newest checkpoint is the one of the last step", () => {
  expect(newestCheckpoint([{ step: 250 }, { step: 750 }, { step: 500 }])).toEqual({ step: 750 });
  expect(newestCheckpoint([])).toBeUndefined();
});

test("the learning rate before is the one of the last step, or else the one that was set", () => {
  const metrics = { learningRate: 1e-4 } as Training["metrics"];
  expect(lastLearningRate({ metrics, config: { ...config, learningRate: 2e-4 } })).toBe(1e-4);
  expect(lastLearningRate({ metrics: null, config: { ...config, learningRate: 2e-4 } })).toBe(2e-4);
  expect(lastLearningRate({ metrics: null, config })).toBeUndefined();
});
