import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { useLanguage } from "../i18n";
import type { LiveEvent } from "../live/events";
import { useLiveEvents } from "../live/LiveProvider";
import { ProblemNotice } from "../ui/Notice";
import { Card, CardTitle } from "../ui/Surface";
import { Switch } from "../ui/Switch";
import { Curve, CURVE_NAMES, type CurveName, pointOf, stepPoint } from "./curve";
import { CurveToggles } from "./CurveToggles";
import { type Evaluation, evaluationsQuery } from "./evaluations";
import { LossChart } from "./LossChart";
import { curveQuery, fetchCurve, hasEnded, lastStep, type Training } from "./training";

/** How often steps that no event reported are requested from the server. */
const GAP_POLL_MS = 5_000;
/** Not the sums, which dwarf their terms, nor the gradient norms, which are no losses. */
const SHOWN_BY_DEFAULT: ReadonlySet<CurveName> = new Set<CurveName>(["mel", "kl", "duration", "adversarial"]);

const NO_EVALUATIONS: Evaluation[] = [];

/** The loss curves: the server's history, then every event, and the losses of the validation clips. */
export function LossCard({ training }: { training: Training }) {
  const { t, f } = useLanguage();
  const { curve, error } = useCurve(training);
  useSyncExternalStore(
    useCallback((listener) => curve.subscribe(listener), [curve]),
    () => curve.version,
  );
  const points = curve.length;
  const evaluations = useQuery(evaluationsQuery(training.id)).data ?? NO_EVALUATIONS;
  const [shown, setShown] = useState(SHOWN_BY_DEFAULT);
  const [logarithmic, setLogarithmic] = useState(true);
  const [cursorStep, setCursorStep] = useState<number>();
  const point = curve.at(cursorStep);
  const names = CURVE_NAMES.filter((name) => shown.has(name));

  function measured(name: CurveName): string {
    const value = point?.mean[name];
    return value == null ? "" : f.measure(value);
  }

  return (
    <Card>
      <CardTitle
        hint={t.training.lossesHint}
        aside={
          <Switch isSelected={logarithmic} onChange={setLogarithmic}>
            {t.training.logScale}
          </Switch>
        }
      >
        {t.training.losses}
      </CardTitle>
      {error && points === 0 ? (
        <ProblemNotice error={error} />
      ) : (
        <>
          <CurveToggles shown={shown} onChange={setShown} valueOf={measured} />
          <div data-points={points} data-evaluations={evaluations.length} className="relative">
            <LossChart
              label={t.training.chartLabel(names.map((name) => t.training.loss[name]).join(t.comma), f.number(points))}
              curve={curve}
              evaluations={evaluations}
              shown={names}
              logarithmic={logarithmic}
              step={cursorStep ?? point?.step ?? 0}
              valueText={[
                `${t.training.chartStep} ${f.number(cursorStep ?? point?.step ?? 0)}`,
                ...names.map((name) => `${t.training.loss[name]} ${measured(name)}`),
              ].join(t.comma)}
              onStep={setCursorStep}
            />
            {points === 0 && (
              <p className="absolute inset-0 grid place-items-center text-muted">{t.training.chartEmpty}</p>
            )}
          </div>
        </>
      )}
    </Card>
  );
}

function useCurve({ id, status }: Training): { curve: Curve; error: unknown } {
  const [curve] = useState(() => new Curve());
  const history = useQuery(curveQuery(id));
  useEffect(() => {
    if (history.data) curve.load(history.data.map(pointOf));
  }, [curve, history.data]);
  const append = useCallback(
    (frame: LiveEvent) => {
      if (frame.event !== "training:progress" || frame.data.trainingId !== id) return;
      const step = lastStep(frame.data);
      if (step) curve.append(stepPoint(step.step, frame.at, step));
    },
    [curve, id],
  );
  useLiveEvents(append);
  const ended = hasEnded(status);
  useEffect(() => {
    if (ended) return;
    const timer = setInterval(() => {
      const { gap } = curve;
      if (gap === undefined) return;
      // A failed request is repeated at the next interval.
      fetchCurve(id, gap).then(
        (points) => curve.gap === gap && curve.load(points.map(pointOf), gap),
        () => undefined,
      );
    }, GAP_POLL_MS);
    return () => clearInterval(timer);
  }, [curve, id, ended]);
  return { curve, error: history.error };
}
