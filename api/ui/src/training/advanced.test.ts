import { expect, test } from "vitest";
import { DEFAULT_ADVANCED, toRequest } from "./advanced";

test("only the fields that were filled in are sent", () => {
  expect(toRequest(DEFAULT_ADVANCED)).toEqual({ seed: 1 });
  const filled = { ...DEFAULT_ADVANCED, seed: undefined, validationSplit: 0, precision: "bf16" as const };
  expect(toRequest(filled)).toEqual({ validationSplit: 0, precision: "bf16" });
});

test("the validation split is entered in percent and sent as a fraction", () => {
  expect(toRequest({ ...DEFAULT_ADVANCED, seed: undefined, validationSplit: 7 })).toEqual({ validationSplit: 0.07 });
});
