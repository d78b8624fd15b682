import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { ToggleButton } from "react-aria-components";
import { useLanguage } from "../i18n";
import type { LiveEvent } from "../live/events";
import { useLiveEvents } from "../live/LiveProvider";
import { ProblemNotice } from "../ui/Notice";
import { Card, CardTitle } from "../ui/Surface";
import { Switch } from "../ui/Switch";
import { Curve, LOSS_NAMES } from "./curve";
import { LossChart } from "./LossChart";
import { curveQuery, lastStep, type LossName, type Training } from "./training";

/** The sums dwarf the terms that they are made of, so they wait until they are asked for. */
const SHOWN_FIRST: ReadonlySet<LossName> = new Set<LossName>(["mel", "kl", "duration", "adversarial"]);

/** The losses as they come: history from the server, then every event. */
export function LossCard({ training }: { training: Training }) {
  const { t, f } = useLanguage();
  const { curve, error } = useCurve(training.id);
  useSyncExternalStore(
    useCallback((listener) => curve.subscribe(listener), [curve]),
    () => curve.version,
  );
  const points = curve.length;
  const [shown, setShown] = useState(SHOWN_FIRST);
  const [logarithmic, setLogarithmic] = useState(true);
  const [pointed, setPointed] = useState<number>();
  const point = (pointed === undefined ? undefined : curve.at(pointed)) ?? curve.at(-1);
  const names = LOSS_NAMES.filter((name) => shown.has(name));

  function toggle(name: LossName, on: boolean) {
    const next = new Set(shown);
    if (on) next.add(name);
    else next.delete(name);
    setShown(next);
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
          <ul className="mb-3 flex flex-wrap gap-2">
            {LOSS_NAMES.map((name) => (
              <li key={name}>
                <ToggleButton
                  isSelected={shown.has(name)}
                  onChange={(on) => toggle(name, on)}
                  className="flex min-h-9 items-center gap-1.5 rounded-full border border-line px-2.5 text-[0.8rem] text-muted transition-colors hover:border-line-strong data-selected:border-transparent data-selected:bg-sunken data-selected:text-ink"
                >
                  <span
                    className="h-1 w-4 rounded-full"
                    style={{ background: shown.has(name) ? `var(--loss-${name})` : "var(--line-strong)" }}
                  />
                  {t.training.loss[name]}
                  <span className="min-w-8 text-end font-semibold tabular-nums">
                    {point ? f.measure(point.losses[name]) : ""}
                  </span>
                </ToggleButton>
              </li>
            ))}
          </ul>
          <div
            role="img"
            aria-label={t.training.chartLabel(
              names.map((name) => t.training.loss[name]).join(t.comma),
              f.number(points),
            )}
            data-points={points}
            className="relative"
          >
            <LossChart curve={curve} shown={names} logarithmic={logarithmic} onPoint={setPointed} />
            {points === 0 && (
              <p className="absolute inset-0 grid place-items-center text-muted">{t.training.chartEmpty}</p>
            )}
          </div>
        </>
      )}
    </Card>
  );
}

function useCurve(id: string): { curve: Curve; error: unknown } {
  const [curve] = useState(() => new Curve());
  const history = useQuery(curveQuery(id));
  useEffect(() => {
    if (history.data) curve.load(history.data);
  }, [curve, history.data]);
  const append = useCallback(
    (frame: LiveEvent) => {
      if (frame.event !== "training:progress" || frame.data.trainingId !== id) return;
      const step = lastStep(frame.data);
      if (step) curve.append({ step: step.step, losses: step.losses, at: frame.at });
    },
    [curve, id],
  );
  useLiveEvents(append);
  return { curve, error: history.error };
}
