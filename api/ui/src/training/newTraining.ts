import type { Schemas } from "../api/client";
import { numberFault } from "../ui/numbers";
import { type Advanced, isValidAdvanced, LIMITS, toRequest } from "./advanced";
import { type Base, baseRequest } from "./base";

/** What is filled in. */
export interface NewTraining {
  datasetId: string | undefined;
  base: Base | undefined;
  preset: Schemas["Preset"];
  /** Empty where the server would choose the same. */
  text: Pick<Schemas["NewTraining"], "text">;
  epochs: number | undefined;
  batchSize: number | undefined;
  advanced: Advanced;
}

/** Undefined as long as a value is invalid. */
export function toNewTrainingRequest({
  datasetId,
  base,
  preset,
  text,
  epochs,
  batchSize,
  advanced,
}: NewTraining): Schemas["NewTraining"] | undefined {
  if (epochs === undefined || numberFault(epochs, LIMITS.epochs) !== undefined) return undefined;
  if (batchSize === undefined || numberFault(batchSize, LIMITS.batchSize) !== undefined) return undefined;
  if (!isValidAdvanced(advanced)) return undefined;
  return {
    modelType: "tts",
    epochs,
    batchSize,
    ...baseRequest(base, preset),
    ...(datasetId !== undefined && { datasetId }),
    ...text,
    ...toRequest(advanced),
  };
}
