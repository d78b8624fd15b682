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

/** What a chart can show: the losses, and the norms of the gradients. */
export type CurveName = LossName | "generatorGradient" | "discriminatorGradient";
export const CURVE_NAMES: readonly CurveName[] = [...LOSS_NAMES, "generatorGradient", "discriminatorGradient"];

/** Null where it was not measured. */
export type Values = Record<CurveName, number | null>;

/** Consecutive steps: the last one, how many, and when the last was trained by the database's clock. */
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

/** One step alone is its own mean and extremes. */
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

/** At this many points neighbours become one: a training of weeks must not fill a browser's memory. */
export const MAX_POINTS = 4_000;

/**
 * What was measured over the steps, as the chart draws it: history from the server, then what events add.
 *
 * Steps can go back: a worker that died leaves steps behind that its successor trains again from the checkpoint. So a
 * lower step that is newer by the database's clock replaces what lies beyond it, and one that is older was seen already.
 */
export class Curve {
  private points: CurvePoint[] = [];
  private readonly listeners = new Set<() => void>();
  private lastBeforeGap: number | undefined;
  /** Another number after every change. */
  version = 0;

  /** Takes the server's history after the step `since`, keeping what events added beyond it. */
  load(history: readonly CurvePoint[], since = 0): void {
    const before = this.points.filter((point) => point.step <= since);
    const last = history.at(-1) ?? before.at(-1);
    const newer = last === undefined ? this.points : this.points.filter((point) => isAfter(point, last));
    this.points = [...before, ...history];
    this.lastBeforeGap = undefined;
    for (const point of newer) this.push(point);
    if (this.points.length > MAX_POINTS) this.thinOut();
    this.changed();
  }

  append(point: CurvePoint): void {
    const last = this.points.at(-1);
    if (last !== undefined && Date.parse(point.at) <= Date.parse(last.at)) return;
    while (this.points.length > 0 && (this.points.at(-1)?.step ?? 0) >= point.step) this.points.pop();
    this.push(point);
    if (this.points.length > MAX_POINTS) this.thinOut();
    this.changed();
  }

  /**
   * The last step before the first that is missing; undefined where none is. Events tell of some steps a second only, so
   * between them the server has to be asked.
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

  /** The point that a step belongs to; the newest where none is given, or the step lies beyond it. */
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

  /** Makes about half as many points, of like numbers of steps each, but keeps the newest for itself. */
  private thinOut(): void {
    const newest = this.points.pop();
    const all = this.points.reduce((sum, point) => sum + point.steps, 0);
    let together = Math.ceil((2 * all) / MAX_POINTS);
    do {
      const merged: CurvePoint[] = [];
      for (const point of this.points) {
        const last = merged.at(-1);
        if (last && last.steps + point.steps <= together) merged[merged.length - 1] = merge(last, point);
        else merged.push(point);
      }
      this.points = merged;
      together *= 2;
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
