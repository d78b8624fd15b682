import { expect, test } from "vitest";
import { DEFAULT_ADVANCED } from "./advanced";
import type { Base } from "./base";
import { type NewTraining, toNewTrainingRequest } from "./newTraining";

const filled: NewTraining = {
  datasetId: "d",
  base: undefined,
  preset: "tiny",
  text: {},
  epochs: 5,
  batchSize: 4,
  advanced: DEFAULT_ADVANCED,
};

test("a filled form is sent without the server's defaults", () => {
  expect(toNewTrainingRequest(filled)).toEqual({
    modelType: "tts",
    epochs: 5,
    batchSize: 4,
    baseModelId: null,
    preset: "tiny",
    datasetId: "d",
    seed: 1,
  });
});

test("a voice as the base is sent with what was changed of its text, and without a size", () => {
  const base = { kind: "voice", voice: { id: "v" } } as Base;
  const request = toNewTrainingRequest({ ...filled, base, text: { text: "characters" } });
  expect(request).toMatchObject({ baseVoiceId: "v", text: "characters" });
  expect(request).not.toHaveProperty("preset");
  expect(request).not.toHaveProperty("baseModelId");
  expect(toNewTrainingRequest({ ...filled, base })).not.toHaveProperty("text");
});

test("an invalid form is not sent, nor asked about", () => {
  const { advanced } = filled;
  const invalid: Partial<NewTraining>[] = [
    { epochs: undefined },
    { epochs: NaN },
    { epochs: 9_999_999 },
    { batchSize: 0 },
    { batchSize: 1.5 },
    { advanced: { ...advanced, learningRate: 5 } },
    { advanced: { ...advanced, seed: NaN } },
    { advanced: { ...advanced, accumulate: 0 } },
    { advanced: { ...advanced, accumulate: 65 } },
    { advanced: { ...advanced, segments: 1.5 } },
    { advanced: { ...advanced, segments: 17 } },
    { advanced: { ...advanced, validationSplit: 0, earlyStopping: 3 } },
  ];
  for (const change of invalid) {
    expect(toNewTrainingRequest({ ...filled, ...change }), JSON.stringify(change)).toBeUndefined();
  }
});
