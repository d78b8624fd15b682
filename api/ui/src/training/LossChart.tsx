import { type KeyboardEvent, useEffect, useRef } from "react";
import uPlot from "uplot";
import { useLanguage } from "../i18n";
import { usePrefersDark } from "../ui/colorScheme";
import type { Curve, CurveName } from "./curve";
import type { Evaluation } from "./evaluations";
import { PLOT_HEIGHT, plotData, plotOptions } from "./lossPlot";

/** Points per press of Page Up or Page Down. */
const PAGE_POINTS = 10;

interface LossChartProps {
  label: string;
  curve: Curve;
  /** Sorted by step. */
  evaluations: readonly Evaluation[];
  shown: readonly CurveName[];
  logarithmic: boolean;
  /** The step at the cursor, or the last one; `valueText` has its values. */
  step: number;
  valueText: string;
  /** Called with the step at the cursor; undefined when the cursor leaves. */
  onStep: (step: number | undefined) => void;
}

/** Solid lines: training; dashed: evaluations. Steps run from left to right in every language, as in mathematics. */
export function LossChart({ label, curve, evaluations, shown, logarithmic, step, valueText, onStep }: LossChartProps) {
  const { t, f } = useLanguage();
  const dark = usePrefersDark();
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const keyboardStep = useRef<number>(undefined);
  const visible = shown.join();

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const names = visible.split(",");
    const plot = new uPlot(plotOptions(element, { names, logarithmic, f, stepName: t.training.chartStep, onStep }));
    element.append(plot.root);
    chart.current = plot;

    // Events that arrive within one frame are drawn together.
    let frame: number | undefined;
    const draw = () => {
      frame = undefined;
      plot.setData(plotData(curve, evaluations, logarithmic));
      // New steps move the old ones aside once the chart has its new scale, so the cursor follows its step.
      queueMicrotask(() => keyboardStep.current !== undefined && showStep(plot, keyboardStep.current));
    };
    const schedule = () => {
      frame ??= requestAnimationFrame(draw);
    };
    draw();
    const unsubscribe = curve.subscribe(schedule);
    const resizing = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: PLOT_HEIGHT }));
    resizing.observe(element);
    // Canvas text that was drawn before the font was loaded has another font.
    void document.fonts.ready.then(() => plot.redraw());
    return () => {
      if (frame !== undefined) cancelAnimationFrame(frame);
      unsubscribe();
      resizing.disconnect();
      plot.destroy();
    };
  }, [curve, evaluations, visible, logarithmic, dark, f, t, onStep]);

  function moveCursor(event: KeyboardEvent) {
    const plot = chart.current;
    const steps = plot?.data[0];
    if (plot === undefined || steps === undefined || steps.length === 0) return;
    const target = keyTarget(event.key, plot.cursor.idx ?? steps.length - 1, steps.length - 1);
    if (target === undefined) return;
    event.preventDefault();
    keyboardStep.current = steps[target] ?? 0;
    showStep(plot, keyboardStep.current);
  }

  function hideCursor() {
    keyboardStep.current = undefined;
    chart.current?.setCursor({ left: -1, top: -1 });
  }

  return (
    <div
      ref={box}
      dir="ltr"
      className="w-full overflow-hidden rounded"
      style={{ height: PLOT_HEIGHT }}
      role="slider"
      aria-label={label}
      aria-valuemin={Math.min(curve.steps[0] ?? 0, evaluations[0]?.step ?? 0)}
      aria-valuemax={Math.max(curve.at()?.step ?? 0, evaluations.at(-1)?.step ?? 0)}
      aria-valuenow={step}
      aria-valuetext={valueText}
      tabIndex={0}
      onKeyDown={moveCursor}
      onBlur={hideCursor}
      onPointerMove={() => (keyboardStep.current = undefined)}
    />
  );
}

function showStep(plot: uPlot, step: number): void {
  plot.setCursor({ left: plot.valToPos(step, "x"), top: 0 });
}

/** The index of the point to which a key moves the cursor. */
function keyTarget(key: string, index: number, last: number): number | undefined {
  const targets: Record<string, number> = {
    ArrowLeft: index - 1,
    ArrowRight: index + 1,
    PageDown: index - PAGE_POINTS,
    PageUp: index + PAGE_POINTS,
    Home: 0,
    End: last,
  };
  const target = targets[key];
  return target === undefined ? undefined : Math.min(Math.max(target, 0), last);
}
