import { expect, test } from "vitest";
import { en } from "../i18n/en";
import { fa } from "../i18n/fa";
import { createFormat } from "../i18n/format";
import {
  adviceOf,
  byStep,
  type Evaluation,
  intelligibilityOf,
  nearnessOf,
  nearnessText,
  type Recognition,
  type Sample,
  spokenText,
} from "./evaluations";

const sample = (step: number, clip: string) => ({ step, clip }) as Sample;

const recognition = (characterErrorRate: number, recordingsCharacterErrorRate = 0.5): Recognition => ({
  characterErrorRate,
  recordingsCharacterErrorRate,
});

/** One evaluation every 250 steps from 0 on; null where nothing was said. */
const evaluations = (...distances: (number | null)[]) => recognizedEvaluations(null, ...distances);

/** All with the same recognition. */
const recognizedEvaluations = (recognition: Recognition | null, ...distances: (number | null)[]): Evaluation[] =>
  distances.map((melDistance, index) => ({
    step: 250 * index,
    epoch: index,
    losses: { mel: 0.6, kl: 1, duration: 1 },
    spoken: melDistance === null ? null : { melDistance, durationError: 0.08, recognition },
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

/** After three evaluations, or after four, of which three came no nearer. */
function advice(recognition: Recognition | null, isStalled: boolean, hasEnded: boolean, isRemedyTold = false) {
  const distances = isStalled ? [0.8, 0.9, 0.85, 0.81] : [2, 0.9, 0.8];
  const nearness = nearnessOf(recognizedEvaluations(recognition, ...distances));
  return nearness && adviceOf(nearness, { hasEnded, isRemedyTold });
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

test("how well a voice is understood is told beside the recordings", () => {
  const levels = [0.45, 0.55, 0.56, 0.65, 0.66, 0.79].map((rate) => intelligibilityOf(recognition(rate)));
  expect(levels).toEqual(["clear", "clear", "understandable", "understandable", "partly", "partly"]);
  expect(intelligibilityOf(recognition(0.74, 0.41))).toBe("not");
  expect(intelligibilityOf(recognition(0.26, 0.2))).toBe("understandable");
});

test("a voice of which few letters are wrong is understandable, however few are wrong in the recordings", () => {
  expect(intelligibilityOf(recognition(0.15, 0.05))).toBe("understandable");
  expect(intelligibilityOf(recognition(0.01, 0))).toBe("understandable");
  expect(intelligibilityOf(recognition(0, 0))).toBe("clear");
});

test("beside recordings that aren't understood, nothing can be said of a voice", () => {
  expect(intelligibilityOf(recognition(0.85, 0.82))).toBe("unknown");
  expect(intelligibilityOf(recognition(0.3, 0.9))).toBe("unknown");
});

test("a voice of which nothing is understood isn't taken for an understandable one beside bad recordings", () => {
  expect(intelligibilityOf(recognition(0.9, 0.5))).toBe("not");
  expect(intelligibilityOf(recognition(0.9, 0.6))).toBe("not");
  expect(intelligibilityOf(recognition(0.9, 0.75))).toBe("unknown");
});

test("each evaluation tells in words, and in whole percents, how well it is understood", () => {
  const spoken = { melDistance: 0.72, durationError: 0.08, recognition: recognition(0.4767, 0.4512) };
  expect(spokenText(spoken, fa, createFormat("fa")).replaceAll("\u061c", "")).toBe(
    "وضوح گفتار: روشن (۴۸٪ حرف‌ها نادرست؛ در صدای اصلی ۴۵٪) · فاصله تا صدای اصلی: ۰٫۷۲ · خطای طول: ۸٪",
  );
  expect(spokenText(spoken, en, createFormat("en"))).toBe(
    "Speech: clear (48% of letters wrong; recordings 45%) · Distance from the recordings: 0.72 · length off by 8%",
  );
});

test("a voice that comes no nearer is to be listened to, unless it is badly understood", () => {
  for (const heard of [null, recognition(0.5), recognition(0.6), recognition(0.85, 0.82)]) {
    expect(advice(heard, true, false)).toEqual({ kind: "listen", stalledFor: 3 });
    expect(advice(heard, false, false)).toBeUndefined();
    expect(advice(heard, true, true)).toBeUndefined();
  }
});

test("a badly understood voice is to be trained on, once its training has ended", () => {
  for (const heard of [recognition(0.7), recognition(0.9)]) {
    expect(advice(heard, false, false)).toBeUndefined();
    expect(advice(heard, true, false)).toEqual({ kind: "continueLater", stalledFor: 3 });
    expect(advice(heard, false, true)).toEqual({ kind: "continue" });
    expect(advice(heard, true, true)).toEqual({ kind: "continue" });
  }
});

test("what makes a voice better is advised once", () => {
  expect(advice(recognition(0.9), false, true, true)).toBeUndefined();
  expect(advice(recognition(0.9), true, false, true)).toBeUndefined();
  expect(advice(recognition(0.5), true, false, true)).toEqual({ kind: "listen", stalledFor: 3 });
});

test("how a voice is understood before the first step is no fault of the training", () => {
  const nearness = nearnessOf(recognizedEvaluations(recognition(0.9), 2));
  expect(nearness && adviceOf(nearness, { hasEnded: true, isRemedyTold: false })).toBeUndefined();
});
