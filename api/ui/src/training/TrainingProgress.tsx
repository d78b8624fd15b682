import { useLanguage } from "../i18n";
import { Progress } from "../ui/Progress";
import { Card, Figure } from "../ui/Surface";
import { roundedSeconds } from "./forecast";
import { hasEnded, type Training } from "./training";

export function TrainingProgress({ training }: { training: Training }) {
  const { t, f } = useLanguage();
  const { metrics, status, startedAt, completedAt } = training;
  const running = status === "running";
  const elapsed = startedAt && completedAt ? (Date.parse(completedAt) - Date.parse(startedAt)) / 1000 : undefined;
  // A training may return to the queue; the hint takes the step's place so that nothing below moves.
  const reached =
    status === "queued"
      ? t.training.queuedHint
      : metrics
        ? t.training.step(f.number(metrics.step), f.number(metrics.totalSteps))
        : t.training.notYet;
  return (
    <Card>
      <div className="mb-2 flex items-center justify-between gap-4">
        <p className="text-3xl leading-10 font-bold">{f.percent(training.progress)}</p>
        <p className="text-end text-sm leading-5 text-muted" data-step={metrics?.step ?? 0}>
          {reached}
        </p>
      </div>
      <Progress
        label={t.training.progress}
        value={training.progress}
        text={f.percent(training.progress)}
        moving={running}
      />
      {!metrics && !hasEnded(status) && training.estimate && (
        <dl className="mt-5">
          <Figure
            name={t.training.eta}
            value={t.training.forecast.about(f.duration(roundedSeconds(training.estimate.seconds)))}
          />
        </dl>
      )}
      {metrics && (
        <dl className="mt-5 grid grid-cols-2 gap-x-4 gap-y-4 sm:grid-cols-4">
          {running || elapsed === undefined ? (
            <Figure name={t.training.eta} value={running ? f.duration(metrics.etaSeconds) : "—"} />
          ) : (
            <Figure name={t.training.elapsed} value={f.duration(elapsed)} />
          )}
          <Figure
            name={t.training.epochs}
            value={t.training.epoch(f.number(metrics.epoch), f.number(training.config.epochs))}
          />
          <Figure name={t.training.speed} value={t.training.stepsPerSecond(f.measure(metrics.stepsPerSecond))} />
          <Figure name={t.training.rate} value={<bdi dir="ltr">{f.rate(metrics.learningRate)}</bdi>} />
        </dl>
      )}
    </Card>
  );
}
