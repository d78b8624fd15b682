import { expect, test } from "vitest";
import { UNCHANGED, given } from "./advanced";

test("only what was filled in is asked for", () => {
  expect(given(UNCHANGED)).toEqual({ seed: 1 });
  const filled = { ...UNCHANGED, seed: undefined, validationSplit: 0, precision: "bf16" as const };
  expect(given(filled)).toEqual({ validationSplit: 0, precision: "bf16" });
});

test("the validation split is written in percent and asked for as a fraction", () => {
  expect(given({ ...UNCHANGED, seed: undefined, validationSplit: 7 })).toEqual({ validationSplit: 0.07 });
});
