import type { Schemas } from "../api/client";
import { limits } from "../api/limits";
import { type Checkpoint, hasFailedByDiverging, type Training } from "./training";

/** The server's limits. */
export const CONTINUATION_LIMITS = limits.NewContinuation;

/** How a training is continued. A number that is undefined is as it was before. */
export interface Continuation {
  /** In addition to those before the checkpoint. */
  epochs: number | undefined;
  learningRate: number | undefined;
  checkpointId: string;
  datasetId: string;
}

export const CONTINUATION_FIELDS = [
  "epochs",
  "learningRate",
  "checkpointId",
  "datasetId",
] as const satisfies (keyof Continuation)[];

/**
 * As many epochs more as the training had, or those that it lacks to have `totalEpochs` after the checkpoint; at half the
 * learning rate if it failed by diverging.
 */
export function defaultContinuation(
  training: Pick<Training, "config" | "datasetId" | "status" | "errorDetails" | "metrics">,
  { id, epoch }: Pick<Checkpoint, "id" | "epoch">,
  totalEpochs?: number,
): Continuation {
  const { config, datasetId } = training;
  const epochs = totalEpochs === undefined ? config.epochs : Math.max(1, totalEpochs - epoch);
  const learningRate = hasFailedByDiverging(training) ? halvedLearningRate(training) : undefined;
  return { epochs, learningRate, checkpointId: id, datasetId };
}

/** In two digits: the decay of a learning rate gives it many. */
function halvedLearningRate(training: Pick<Training, "metrics" | "config">): number | undefined {
  const before = lastLearningRate(training);
  if (before === undefined) return undefined;
  return Math.max(CONTINUATION_LIMITS.learningRate.min, Number((before / 2).toPrecision(2)));
}

/** Names the checkpoint in any case, so that the one that was shown is continued, even if there is a newer one by now. */
export function toContinuationRequest(
  { epochs, learningRate, checkpointId, datasetId }: Continuation,
  training: Pick<Training, "datasetId">,
): Schemas["NewContinuation"] {
  return {
    checkpointId,
    ...(epochs !== undefined && { epochs }),
    ...(learningRate !== undefined && { learningRate }),
    ...(datasetId !== training.datasetId && { datasetId }),
  };
}

/** The checkpoint that a training is continued from by default. */
export function newestCheckpoint<C extends Pick<Checkpoint, "step">>(checkpoints: readonly C[]): C | undefined {
  return checkpoints.toSorted((a, b) => b.step - a.step)[0];
}

/** The learning rate that a training ended with; undefined if it isn't known. */
export function lastLearningRate({ metrics, config }: Pick<Training, "metrics" | "config">): number | undefined {
  return metrics?.learningRate || (config.learningRate ?? undefined);
}
