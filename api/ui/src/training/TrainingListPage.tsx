import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useLanguage } from "../i18n";
import { ButtonLink } from "../ui/Button";
import { CurveIcon, ForwardIcon, PlusIcon } from "../ui/icons";
import { List } from "../ui/List";
import { Progress } from "../ui/Progress";
import { Empty, PageHeader } from "../ui/Surface";
import { TrainingBadge } from "./TrainingBadge";
import { hasEnded, networkName, type Training, trainingsQuery } from "./training";

export function TrainingListPage() {
  const { t } = useLanguage();
  const trainings = useInfiniteQuery(trainingsQuery);
  const start = (
    <ButtonLink to="/training/new" variant="primary">
      <PlusIcon />
      {t.training.start}
    </ButtonLink>
  );
  return (
    <>
      <PageHeader title={t.training.title} hint={t.training.hint}>
        {trainings.data?.length !== 0 && start}
      </PageHeader>
      <List
        query={trainings}
        empty={
          <Empty icon={<CurveIcon className="size-7" />} title={t.training.empty} hint={t.training.emptyHint}>
            {start}
          </Empty>
        }
      >
        {(training) => <TrainingRow training={training} />}
      </List>
    </>
  );
}

function TrainingRow({ training }: { training: Training }) {
  const { t, f } = useLanguage();
  const { config, metrics } = training;
  return (
    <Link
      to="/training/$id"
      params={{ id: training.id }}
      className="flex items-center gap-4 rounded-2xl border border-line bg-surface p-4 shadow-card transition-colors hover:border-line-strong sm:px-6"
    >
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
          <h2 className="line-clamp-2 min-w-0 font-semibold break-words">
            <bdi>{training.datasetName}</bdi>
          </h2>
          <TrainingBadge status={training.status} />
        </div>
        <p className="text-sm text-muted">
          {[
            networkName(training, t),
            `${t.training.epochs}: ${f.number(config.epochs)}`,
            `${t.training.batchSize}: ${f.number(config.batchSize)}`,
            f.dateTime(training.createdAt),
          ].join(" · ")}
        </p>
        {!hasEnded(training.status) && (
          <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-muted">
            <div className="min-w-32 flex-1">
              <Progress
                label={t.training.progress}
                value={training.progress}
                text={f.percent(training.progress)}
                moving={training.status === "running"}
                slim
              />
            </div>
            <span>{f.percent(training.progress)}</span>
            {metrics && training.status === "running" && (
              <span>
                {t.training.eta}: {f.duration(metrics.etaSeconds)}
              </span>
            )}
          </div>
        )}
      </div>
      <ForwardIcon className="size-4 text-muted" />
    </Link>
  );
}
