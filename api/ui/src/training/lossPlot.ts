import uPlot from "uplot";
import type { Format } from "../i18n/format";
import { type Curve, CURVE_NAMES } from "./curve";
import { type Evaluation, EVALUATED_NAMES } from "./evaluations";

export const PLOT_HEIGHT = 340;
/** Steps are whole numbers, and so are the marks of their axis. */
const STEP_MARKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6];
/** A line through fewer points than this shows every point, so that even the first one is visible. */
const DOTTED_BELOW = 40;
/** Opacity of the band between minima and maxima, as the last digits of a colour. */
const BAND_OPACITY = "38";

/** The series of each curve, in this order: its line and the edges of its band. */
const PARTS = ["mean", "max", "min"] as const;
/** The series of evaluations come after these. */
const CURVE_SERIES = PARTS.length * CURVE_NAMES.length;

export function plotData(curve: Curve, evaluations: readonly Evaluation[], logarithmic: boolean): uPlot.AlignedData {
  const drawable = (value: number | null) =>
    value !== null && Number.isFinite(value) && (!logarithmic || value > 0) ? value : null;
  const series = CURVE_NAMES.flatMap((name) => PARTS.map((part) => curve.values(name, part).map(drawable)));
  const evaluated = EVALUATED_NAMES.map((name) => evaluations.map(({ losses }) => drawable(losses[name])));
  // A step that only one of them has must not leave a gap in the other.
  return uPlot.join([
    [curve.steps, ...series],
    [evaluations.map(({ step }) => step), ...evaluated],
  ]);
}

/** 1, 2 and 5 of every power of ten within the scale; the chart's default marks overlap. */
function logarithmicMarks(_: uPlot, __: number, min: number, max: number): number[] {
  const first = Math.floor(Math.log10(min));
  const last = Math.ceil(Math.log10(max));
  const powers = Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
  return powers.flatMap((power) => [power, 2 * power, 5 * power]).filter((mark) => mark >= min && mark <= max);
}

interface PlotSettings {
  names: string[];
  logarithmic: boolean;
  f: Format;
  stepName: string;
  onStep: (step: number | undefined) => void;
}

export function plotOptions(
  element: HTMLElement,
  { names, logarithmic, f, stepName, onStep }: PlotSettings,
): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const axis = {
    stroke: colour("muted"),
    font: `12px ${style.fontFamily}`,
    labelFont: `12px ${style.fontFamily}`,
    grid: { stroke: colour("line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: PLOT_HEIGHT,
    padding: [12, 12, 0, 0],
    legend: { show: false },
    cursor: {
      drag: { x: false, y: false },
      // Points only on the lines, not on the edges of bands.
      points: { size: (_, series) => (series > CURVE_SERIES || (series - 1) % PARTS.length === 0 ? 7 : 0) },
    },
    scales: {
      x: { time: false, range: (_, min, max) => [min, Math.max(max, min + 1)] },
      y: logarithmic
        ? { distr: 3, range: (_, min, max) => [min > 0 ? min * 0.85 : 0.1, max > 0 ? max * 1.15 : 10] }
        : {},
    },
    axes: [
      {
        ...axis,
        incrs: STEP_MARKS,
        size: 28,
        labelGap: 0,
        label: stepName,
        labelSize: 20,
        values: (_, marks) => marks.map((mark) => f.number(mark)),
      },
      {
        ...axis,
        size: 52,
        ...(logarithmic && { splits: logarithmicMarks, filter: (_: uPlot, marks: number[]) => marks }),
        values: (_, marks) => marks.map((mark) => (mark === null ? "" : f.measure(mark))),
      },
    ],
    series: [
      {},
      ...CURVE_NAMES.flatMap((name) =>
        PARTS.map((part) => ({
          show: names.includes(name),
          // The edges of bands have no line of their own.
          stroke: part === "mean" ? colour(`loss-${name}`) : "transparent",
          width: part === "mean" ? 1.75 : 0,
          points: {
            show: (plot: uPlot) => part === "mean" && (plot.data[0]?.length ?? 0) < DOTTED_BELOW,
            size: 5,
          },
        })),
      ),
      ...EVALUATED_NAMES.map((name) => ({
        show: names.includes(name),
        stroke: colour(`loss-${name}`),
        width: 1.25,
        dash: [5, 4],
        points: { show: true, size: 6, fill: colour(`loss-${name}`) },
      })),
    ],
    bands: CURVE_NAMES.map((name, index) => {
      const line = 1 + PARTS.length * index;
      return { series: [line + 1, line + 2], fill: colour(`loss-${name}`) + BAND_OPACITY };
    }),
    hooks: { setCursor: [({ cursor, data }) => onStep(cursor.idx == null ? undefined : data[0][cursor.idx])] },
  };
}
