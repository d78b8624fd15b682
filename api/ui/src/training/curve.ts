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

/** A step's losses, and when it was trained by the database's clock. */
export type CurvePoint = Pick<MetricPoint, "step" | "losses" | "at">;

/** At this many points the curve is thinned out: a training of weeks must not fill a browser's memory. */
export const MOST_POINTS = 4_000;

/**
 * The losses over the steps, as the chart draws them: history from the server, then what events add.
 *
 * Steps can go back: a worker that died leaves steps behind that its successor trains again from the checkpoint. So a
 * lower step that is newer by the database's clock replaces what lies beyond it, and one that is older was seen already.
 */
export class Curve {
  private points: CurvePoint[] = [];
  private readonly listeners = new Set<() => void>();
  /** Another number after every change. */
  version = 0;

  /** Takes the server's history, keeping what events added beyond it. */
  load(history: readonly CurvePoint[]): void {
    const last = history.at(-1);
    const newer = last === undefined ? this.points : this.points.filter((point) => isAfter(point, last));
    this.points = [...history, ...newer];
    this.changed();
  }

  append(point: CurvePoint): void {
    const last = this.points.at(-1);
    if (last !== undefined && Date.parse(point.at) <= Date.parse(last.at)) return;
    while (this.points.length > 0 && (this.points.at(-1)?.step ?? 0) >= point.step) this.points.pop();
    this.points.push(point);
    if (this.points.length > MOST_POINTS) this.thinOut();
    this.changed();
  }

  get length(): number {
    return this.points.length;
  }

  get steps(): number[] {
    return this.points.map((point) => point.step);
  }

  values(name: LossName): number[] {
    return this.points.map((point) => point.losses[name]);
  }

  at(index: number): CurvePoint | undefined {
    return this.points.at(index);
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Drops every second point, but never the newest. */
  private thinOut(): void {
    const parity = (this.points.length - 1) % 2;
    this.points = this.points.filter((_, index) => index % 2 === parity);
  }

  private changed(): void {
    this.version += 1;
    for (const listener of this.listeners) listener();
  }
}

function isAfter(point: CurvePoint, last: CurvePoint): boolean {
  return point.step > last.step && Date.parse(point.at) > Date.parse(last.at);
}
