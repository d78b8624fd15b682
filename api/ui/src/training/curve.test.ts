import { expect, test, vi } from "vitest";
import { Curve, type CurvePoint, MAX_POINTS, pointOf, stepPoint } from "./curve";

/** A step that ended `second` seconds after the start. */
function point(step: number, second = step, mel = 100 / step): CurvePoint {
  const at = new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();
  const losses = { mel, kl: 1, duration: 1, adversarial: 1, featureMatching: 1, generator: 45 * mel, discriminator: 1 };
  return stepPoint(step, at, { losses, gradientNorms: { generator: 2 * mel, discriminator: 1 } });
}

function curveOf(...steps: number[]): Curve {
  const curve = new Curve();
  curve.load(steps.map((step) => point(step)));
  return curve;
}

test("events continue the history", () => {
  const curve = curveOf(1, 2, 3);
  curve.append(point(4));
  expect(curve.steps).toEqual([1, 2, 3, 4]);
  expect(curve.values("mel")).toEqual([100, 50, 100 / 3, 25]);
});

test("events that are in the history already change nothing", () => {
  const curve = curveOf(1, 2, 3);
  curve.append(point(2));
  curve.append(point(3));
  expect(curve.steps).toEqual([1, 2, 3]);
});

test("events that arrive before the history are kept after it", () => {
  const curve = new Curve();
  curve.append(point(3));
  curve.append(point(5));
  curve.load([point(1), point(2), point(3), point(4)]);
  expect(curve.steps).toEqual([1, 2, 3, 4, 5]);
});

test("steps that are repeated after a crash replace the lost ones", () => {
  const curve = curveOf(1, 2, 3, 4, 5);
  curve.append(point(3, 60));
  expect(curve.steps).toEqual([1, 2, 3]);
  curve.append(point(4, 61));
  expect(curve.steps).toEqual([1, 2, 3, 4]);
});

test("a step without an event is a gap until the server's history fills it", () => {
  const curve = curveOf(1, 2);
  expect(curve.gap).toBeUndefined();
  for (const step of [3, 5, 6, 9]) curve.append(point(step));
  expect(curve.gap).toBe(3);
  curve.load([point(4), point(5), point(6), point(7)], 3);
  expect(curve.steps).toEqual([1, 2, 3, 4, 5, 6, 7, 9]);
  expect(curve.gap).toBe(7);
  curve.load([point(8), point(9)], 7);
  expect(curve.steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(curve.gap).toBeUndefined();
});

test("a gap after a repeated step is removed with the steps after it", () => {
  const curve = curveOf(1, 2, 3);
  curve.append(point(5));
  curve.append(point(2, 60));
  expect(curve.steps).toEqual([1, 2]);
  expect(curve.gap).toBeUndefined();
});

test("memory stays bounded over a long training, and the first and last steps stay", () => {
  const curve = curveOf(1);
  for (let step = 2; step <= MAX_POINTS * 5; step += 1) curve.append(point(step));
  expect(curve.length).toBeLessThanOrEqual(MAX_POINTS);
  expect(curve.length).toBeGreaterThan(MAX_POINTS / 4);
  expect(curve.at()).toEqual(point(MAX_POINTS * 5));
  expect(curve.steps).toEqual(curve.steps.toSorted((a, b) => a - b));
  expect(curve.gap).toBeUndefined();
});

test("a step is found in the point that contains it, and a later one in the newest", () => {
  const curve = new Curve();
  curve.load([point(1), { ...point(5), steps: 4 }, point(6)]);
  expect([1, 2, 4, 5, 6, 7].map((step) => curve.at(step)?.step)).toEqual([1, 5, 5, 5, 6, 6]);
  expect(curve.at()?.step).toBe(6);
  expect(new Curve().at(3)).toBeUndefined();
});

test("no spike is lost when neighbours are merged", () => {
  const curve = new Curve();
  const spikes = new Map([
    [777, 1e6],
    [1_777, 1e-6],
    [MAX_POINTS + 5, 2e6],
  ]);
  for (let step = 1; step <= MAX_POINTS * 9; step += 1) curve.append(point(step, step, spikes.get(step) ?? 1));
  const highest = curve.values("mel", "max");
  expect(highest.filter((value) => value === 1e6)).toHaveLength(1);
  expect(highest.filter((value) => value === 2e6)).toHaveLength(1);
  expect(curve.values("mel", "min").filter((value) => value === 1e-6)).toHaveLength(1);
  expect(Math.max(...curve.values("generatorGradient", "max").map(Number))).toBe(4e6);

  // The history has the same resolution as the newest part.
  expect(curve.steps.filter((step) => step <= 9_000).length).toBeGreaterThan(curve.length / 8);

  let [steps, sum] = [0, 0];
  for (const step of curve.steps) {
    const one = curve.at(step);
    steps += one?.steps ?? 0;
    sum += (one?.steps ?? 0) * (one?.mean.mel ?? 0);
  }
  expect(steps).toBe(MAX_POINTS * 9);
  expect(sum).toBeCloseTo(3e6 + 1e-6 + MAX_POINTS * 9 - 3, 3);
});

test("steps without gradient norms leave a gap, and hide none of their neighbours", () => {
  const at = "2026-01-01T00:00:00Z";
  const { losses, gradientNorms } = {
    losses: { mel: 1, kl: 1, duration: 1, adversarial: 1, featureMatching: 1, generator: 1, discriminator: 1 },
    gradientNorms: { generator: 3, discriminator: 2 },
  };
  expect(stepPoint(1, at, { losses }).mean.generatorGradient).toBeNull();
  const measured = { losses, gradientNorms };
  const rest = { step: 64, steps: 64, epoch: 1, at, learningRate: 1e-4, stepsPerSecond: 1 };
  const loaded = pointOf({ ...rest, ...measured, min: measured, max: { losses, gradientNorms: null } });
  expect([loaded.mean.generatorGradient, loaded.max.discriminatorGradient]).toEqual([3, null]);
});

test("listeners are called for changes only", () => {
  const curve = curveOf(1, 2);
  const listener = vi.fn();
  const unsubscribe = curve.subscribe(listener);
  curve.append(point(2));
  expect(listener).not.toHaveBeenCalled();
  curve.append(point(3));
  expect(listener).toHaveBeenCalledTimes(1);
  unsubscribe();
  curve.append(point(4));
  expect(listener).toHaveBeenCalledTimes(1);
});
