import type { LossName, MetricPoint } from "./training";

export const LOSS_NAMES: readonly LossName[] = [
  "mel",
  "kl",
  "duration",
  "adversarial",
  "featureMatching",
  "generator",
  "discriminator",
];

export type CurveName = LossName | "generatorGradient" | "discriminatorGradient";
export const CURVE_NAMES: readonly CurveName[] = [...LOSS_NAMES, "generatorGradient", "discriminatorGradient"];

/** Null if it was not measured. */
export type Values = Record<CurveName, number | null>;

/** Consecutive steps: `step` is the last one, `steps` their number, `at` the database's time of the last one. */
export interface CurvePoint {
  step: number;
  steps: number;
  at: string;
  mean: Values;
  min: Values;
  max: Values;
}

type Measured = Pick<MetricPoint, "losses" | "gradientNorms">;

export function pointOf(point: MetricPoint): CurvePoint {
  const { step, steps, at } = point;
  return { step, steps, at, mean: valuesOf(point), min: valuesOf(point.min), max: valuesOf(point.max) };
}

export function stepPoint(step: number, at: string, measured: Measured): CurvePoint {
  const values = valuesOf(measured);
  return { step, steps: 1, at, mean: values, min: values, max: values };
}

function valuesOf({ losses, gradientNorms }: Measured): Values {
  return {
    ...losses,
    generatorGradient: gradientNorms?.generator ?? null,
    discriminatorGradient: gradientNorms?.discriminator ?? null,
  };
}

/** Neighbouring points are merged beyond this number, so that a training of weeks doesn't fill the browser's memory. */
export const MAX_POINTS = 4_000;

/**
 * The measured values by step: history from the server, then one point from every event.
 *
 * Steps can go back: after a crash, training resumes from a checkpoint and repeats the steps since then. A lower step
 * that is newer by the database's clock replaces those after it; an older one is a replayed event and is ignored.
 */
export class Curve {
  private points: CurvePoint[] = [];
  private readonly listeners = new Set<() => void>();
  private lastBeforeGap: number | undefined;
  /** Changes with every change of the points. */
  version = 0;

  /** Replaces the points after the step `since` by the server's history, and keeps newer ones from events. */
  load(history: readonly CurvePoint[], since = 0): void {
    const before = this.points.filter((point) => point.step <= since);
    const last = history.at(-1) ?? before.at(-1);
    const newer = last === undefined ? this.points : this.points.filter((point) => isAfter(point, last));
    this.points = [...before, ...history];
    this.lastBeforeGap = undefined;
    for (const point of newer) this.push(point);
    if (this.points.length > MAX_POINTS) this.downsample();
    this.changed();
  }

  append(point: CurvePoint): void {
    const last = this.points.at(-1);
    if (last !== undefined && Date.parse(point.at) <= Date.parse(last.at)) return;
    while (this.points.length > 0 && (this.points.at(-1)?.step ?? 0) >= point.step) this.points.pop();
    this.push(point);
    if (this.points.length > MAX_POINTS) this.downsample();
    this.changed();
  }

  /**
   * The last step before the first missing one; undefined if none is missing. Events report only some steps a second,
   * so the steps between them have to be requested from the server.
   */
  get gap(): number | undefined {
    return this.lastBeforeGap;
  }

  get length(): number {
    return this.points.length;
  }

  get steps(): number[] {
    return this.points.map((point) => point.step);
  }

  values(name: CurveName, part: "mean" | "min" | "max" = "mean"): (number | null)[] {
    return this.points.map((point) => point[part][name]);
  }

  /** The point that contains a step; the newest by default, and for steps after it. */
  at(step?: number): CurvePoint | undefined {
    const point = step === undefined ? undefined : this.points.find((point) => point.step >= step);
    return point ?? this.points.at(-1);
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private push(point: CurvePoint): void {
    const last = this.points.at(-1)?.step ?? 0;
    if (this.lastBeforeGap !== undefined && this.lastBeforeGap > last) this.lastBeforeGap = undefined;
    if (point.step - point.steps > last) this.lastBeforeGap ??= last;
    this.points.push(point);
  }

  /** Merges neighbours until about half of the points are left, of similar numbers of steps. The newest is kept. */
  private downsample(): void {
    const newest = this.points.pop();
    const all = this.points.reduce((sum, point) => sum + point.steps, 0);
    let stepsPerPoint = Math.ceil((2 * all) / MAX_POINTS);
    do {
      const merged: CurvePoint[] = [];
      for (const point of this.points) {
        const last = merged.at(-1);
        if (last && last.steps + point.steps <= stepsPerPoint) merged[merged.length - 1] = merge(last, point);
        else merged.push(point);
      }
      this.points = merged;
      stepsPerPoint *= 2;
    } while (this.points.length > 0.75 * MAX_POINTS);
    if (newest) this.points.push(newest);
  }

  private changed(): void {
    this.version += 1;
    for (const listener of this.listeners) listener();
  }
}

function isAfter(point: CurvePoint, last: CurvePoint): boolean {
  return point.step > last.step && Date.parse(point.at) > Date.parse(last.at);
}

function merge(first: CurvePoint, second: CurvePoint): CurvePoint {
  const steps = first.steps + second.steps;
  const mean = (a: number, b: number) => (a * first.steps + b * second.steps) / steps;
  return {
    step: second.step,
    steps,
    at: second.at,
    mean: combine(first.mean, second.mean, mean),
    min: combine(first.min, second.min, Math.min),
    max: combine(first.max, second.max, Math.max),
  };
}

function combine(first: Values, second: Values, both: (a: number, b: number) => number): Values {
  const of = (name: CurveName) => {
    const [a, b] = [first[name], second[name]];
    return a === null || b === null ? (a ?? b) : both(a, b);
  };
  return Object.fromEntries(CURVE_NAMES.map((name) => [name, of(name)])) as Values;
}
