import { useQuery } from "@tanstack/react-query";
import { useLanguage } from "../i18n";
import { Badge, type Tone } from "../ui/Badge";
import { ProblemNotice } from "../ui/Notice";
import { ServerText } from "../ui/ServerText";
import { Card, CardTitle } from "../ui/Surface";
import { logQuery, type LogLevel, type Training } from "./training";

const TONES: Record<LogLevel, Tone> = { info: "muted", warning: "warning", error: "danger" };

export function TrainingLog({ training }: { training: Training }) {
  const { t, f } = useLanguage();
  const log = useQuery(logQuery(training.id));
  if (log.isError) return <ProblemNotice error={log.error} onRetry={() => void log.refetch()} />;
  if (!log.data?.length) return null;
  return (
    <Card>
      <CardTitle>{t.training.log}</CardTitle>
      <ol className="flex max-h-72 flex-col gap-2 overflow-y-auto" tabIndex={0} aria-label={t.training.log}>
        {log.data.toReversed().map((entry) => (
          <li key={entry.id} className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
            <Badge tone={TONES[entry.level]}>{t.training.logLevel[entry.level]}</Badge>
            <span className="text-[0.8rem] text-muted">{f.dateTime(entry.at)}</span>
            <div className="min-w-0 basis-full">
              <ServerText text={entry.message} details={entry.details} general={t.training.logGeneral[entry.level]} />
            </div>
          </li>
        ))}
      </ol>
    </Card>
  );
}
