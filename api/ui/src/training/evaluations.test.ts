import { expect, test } from "vitest";
import { byStep, type Sample } from "./evaluations";

const sample = (step: number, clip: string) => ({ step, clip }) as Sample;

test("samples of one evaluation stay together and in their order", () => {
  const [a, b, c] = [sample(500, "a"), sample(500, "b"), sample(250, "a")];
  expect(byStep([a, b, c])).toEqual([
    { step: 500, samples: [a, b] },
    { step: 250, samples: [c] },
  ]);
  expect(byStep([])).toEqual([]);
});
