import { expect, test, vi } from "vitest";
import { Curve, type CurvePoint, MOST_POINTS } from "./curve";

/** A point that was trained so many seconds after the start. */
function point(step: number, second = step): CurvePoint {
  const mel = 100 / step;
  return {
    step,
    at: new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString(),
    losses: { mel, kl: 1, duration: 1, adversarial: 1, featureMatching: 1, generator: 45 * mel, discriminator: 1 },
  };
}

function curveOf(...steps: number[]): Curve {
  const curve = new Curve();
  curve.load(steps.map((step) => point(step)));
  return curve;
}

test("events go on where the history ends", () => {
  const curve = curveOf(1, 2, 3);
  curve.append(point(4));
  expect(curve.steps).toEqual([1, 2, 3, 4]);
  expect(curve.values("mel")).toEqual([100, 50, 100 / 3, 25]);
});

test("events that the history knows already change nothing", () => {
  const curve = curveOf(1, 2, 3);
  curve.append(point(2));
  curve.append(point(3));
  expect(curve.steps).toEqual([1, 2, 3]);
});

test("events that came before the history are kept beyond it", () => {
  const curve = new Curve();
  curve.append(point(3));
  curve.append(point(5));
  curve.load([point(1), point(2), point(3), point(4)]);
  expect(curve.steps).toEqual([1, 2, 3, 4, 5]);
});

test("steps trained again after a worker died replace the lost ones", () => {
  const curve = curveOf(1, 2, 3, 4, 5);
  curve.append(point(3, 60));
  expect(curve.steps).toEqual([1, 2, 3]);
  curve.append(point(4, 61));
  expect(curve.steps).toEqual([1, 2, 3, 4]);
});

test("memory stays bounded over a long training, and the ends stay", () => {
  const curve = curveOf(1);
  for (let step = 2; step <= MOST_POINTS * 5; step += 1) curve.append(point(step));
  expect(curve.length).toBeLessThanOrEqual(MOST_POINTS);
  expect(curve.length).toBeGreaterThan(MOST_POINTS / 4);
  expect(curve.at(-1)?.step).toBe(MOST_POINTS * 5);
  expect(curve.steps).toEqual(curve.steps.toSorted((a, b) => a - b));
});

test("listeners hear of changes, and only of changes", () => {
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
