import { expect, test } from "vitest";
import { numberFault } from "../ui/numbers";
import { DEFAULT_ADVANCED, LIMITS, SAMPLE_RATES, toRequest } from "./advanced";

test("only the fields that were filled in are sent", () => {
  expect(toRequest(DEFAULT_ADVANCED)).toEqual({ seed: 1 });
  const filled = { ...DEFAULT_ADVANCED, seed: undefined, validationSplit: 0, precision: "bf16" as const };
  expect(toRequest(filled)).toEqual({ validationSplit: 0, precision: "bf16" });
});

test("the validation split is entered in percent and sent as a fraction", () => {
  expect(toRequest({ ...DEFAULT_ADVANCED, seed: undefined, validationSplit: 7 })).toEqual({ validationSplit: 0.07 });
});

test("batches a step and segments of a clip are sent if they were filled in", () => {
  expect(toRequest({ ...DEFAULT_ADVANCED, accumulate: 4 })).toEqual({ seed: 1, accumulate: 4 });
  expect(toRequest({ ...DEFAULT_ADVANCED, segments: 8 })).toEqual({ seed: 1, segments: 8 });
});

test("a sample rate is sent if one was chosen, and every choice is one that the server takes", () => {
  expect(toRequest(DEFAULT_ADVANCED)).not.toHaveProperty("sampleRate");
  expect(toRequest({ ...DEFAULT_ADVANCED, sampleRate: 44_100 })).toEqual({ seed: 1, sampleRate: 44_100 });
  for (const rate of SAMPLE_RATES) expect(numberFault(rate, LIMITS.sampleRate), String(rate)).toBeUndefined();
});
