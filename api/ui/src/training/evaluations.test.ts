import { expect, test } from "vitest";
import { en } from "../i18n/en";
import { fa } from "../i18n/fa";
import { createFormat } from "../i18n/format";
import { byStep, type Evaluation, nearnessOf, nearnessText, type Sample, spokenText } from "./evaluations";

const sample = (step: number, clip: string) => ({ step, clip }) as Sample;

/** One evaluation every 250 steps from 0 on; null where nothing was said. */
const evaluations = (...distances: (number | null)[]): Evaluation[] =>
  distances.map((melDistance, index) => ({
    step: 250 * index,
    epoch: index,
    losses: { mel: 0.6, kl: 1, duration: 1 },
    spoken: melDistance === null ? null : { melDistance, durationError: 0.08 },
    at: "2026-11-30T12:00:00Z",
  }));

function inPersian(...distances: (number | null)[]): string | undefined {
  const nearness = nearnessOf(evaluations(...distances));
  return nearness && nearnessText(nearness, fa, createFormat("fa")).replaceAll("\u061c", "");
}

function inEnglish(...distances: (number | null)[]): string | undefined {
  const nearness = nearnessOf(evaluations(...distances));
  return nearness && nearnessText(nearness, en, createFormat("en"));
}

const stalledFor = (...distances: (number | null)[]) => nearnessOf(evaluations(...distances))?.stalledFor;

test("samples of one evaluation stay together and in their order", () => {
  const [a, b, c] = [sample(500, "a"), sample(500, "b"), sample(250, "a")];
  expect(byStep([a, b, c])).toEqual([
    { step: 500, samples: [a, b] },
    { step: 250, samples: [c] },
  ]);
  expect(byStep([])).toEqual([]);
});

test("the newest evaluation is told beside the nearest one", () => {
  expect(inPersian(2.1, 1.2, 0.8, 0.69, 0.72)).toBe(
    "فاصله تا صدای اصلی: ۰٫۷۲ (نزدیک‌ترین تا کنون: ۰٫۶۹ در گام ۷۵۰) · خطای طول: ۸٪",
  );
  expect(inEnglish(2.1, 1.2, 0.8, 0.69, 0.72)).toBe(
    "Distance from the recordings: 0.72 (nearest so far: 0.69 at step 750) · length off by 8%",
  );
});

test("the newest evaluation may be the nearest one, or the only one", () => {
  expect(inEnglish(2.1, 0.69)).toBe("Distance from the recordings: 0.69 (nearest so far) · length off by 8%");
  expect(inEnglish(2.1)).toBe("Distance from the recordings: 2.1 · length off by 8%");
});

test("evaluations in which nothing was said have no distance", () => {
  expect(nearnessOf([])).toBeUndefined();
  expect(nearnessOf(evaluations(null, null, null, null))).toBeUndefined();
  expect(inEnglish(null, null, 0.9, 1.2, null)).toBe(
    "Distance from the recordings: 1.2 (nearest so far: 0.9 at step 500) · length off by 8%",
  );
});

test("the voice is stalled once three evaluations in a row came no nearer", () => {
  expect(stalledFor(2, 0.8, 0.9, 0.85)).toBeUndefined();
  expect(stalledFor(2, 0.8, 0.9, 0.85, 0.81)).toBe(3);
  expect(stalledFor(2, 0.8, 0.9, 0.85, 0.81, 0.82)).toBe(4);
  expect(stalledFor(2, 0.8, 0.9, 0.85, 0.81, 0.79)).toBeUndefined();
});

test("as for early stopping, to be equally near or to say nothing is to come no nearer", () => {
  expect(stalledFor(2, 0.8, 0.8, 0.8, 0.8)).toBe(3);
  expect(stalledFor(2, 0.8, 0.9, null, 0.9)).toBe(3);
});

test("each evaluation is told by itself too", () => {
  const spoken = { melDistance: 0.7234, durationError: 0.125 };
  expect(spokenText(spoken, en, createFormat("en"))).toBe("Distance from the recordings: 0.723 · length off by 12.5%");
});
