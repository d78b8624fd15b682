import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { asProblem } from "../api/problem";
import { useLanguage } from "../i18n";
import { BackIcon } from "../ui/icons";
import { JobActions } from "../ui/JobActions";
import { Loading } from "../ui/List";
import { NotFoundPage } from "../ui/ErrorPage";
import { ProblemNotice } from "../ui/Notice";
import { Card, CardTitle, Facts, PageHeader } from "../ui/Surface";
import { Checkpoints } from "./Checkpoints";
import { DeleteTraining } from "./DeleteTraining";
import { LossCard } from "./LossCard";
import { Samples } from "./Samples";
import { TrainingBadge } from "./TrainingBadge";
import { TrainingLog } from "./TrainingLog";
import { TrainingNotice } from "./TrainingNotice";
import { TrainingProgress } from "./TrainingProgress";
import { hasEnded, networkName, type Training, trainingQuery, useTrainingAction } from "./training";

export function TrainingPage() {
  const { id } = useParams({ from: "/shell/training/$id" });
  const training = useQuery(trainingQuery(id));
  if (training.data) return <TrainingView key={id} training={training.data} />;
  if (training.isPending) return <Loading />;
  if (asProblem(training.error).status === 404) return <NotFoundPage />;
  return <ProblemNotice error={training.error} onRetry={() => void training.refetch()} />;
}

function TrainingView({ training }: { training: Training }) {
  const { t, f } = useLanguage();
  const { status, config } = training;
  const action = useTrainingAction(training.id);
  const network = networkName(training, t);
  const tab = status === "running" ? `${f.percent(training.progress)} ${training.datasetName}` : training.datasetName;
  return (
    <>
      <Link to="/training" className="mb-2 inline-flex items-center gap-1 text-sm text-muted hover:text-ink">
        <BackIcon className="size-4" />
        {t.training.title}
      </Link>
      <PageHeader
        tab={tab}
        title={
          <>
            <bdi>{training.datasetName}</bdi>
            <TrainingBadge status={status} />
          </>
        }
        hint={`${network} · ${f.dateTime(training.createdAt)}`}
      >
        <JobActions status={status} labels={t.training} mutation={action} />
        {hasEnded(status) && <DeleteTraining id={training.id} />}
      </PageHeader>
      <p role="status" className="sr-only">
        {t.training.announce(t.training.state[status])}
      </p>
      <div className="flex flex-col gap-5">
        <TrainingNotice training={training} />
        <TrainingProgress training={training} />
        <LossCard training={training} />
        <div className="grid grid-cols-1 items-start gap-5 md:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
          <Checkpoints training={training} />
          <Card>
            <CardTitle>{t.training.settings}</CardTitle>
            <Facts
              facts={[
                [
                  t.training.dataset,
                  <Link
                    key="dataset"
                    to="/datasets/$id"
                    params={{ id: training.datasetId }}
                    className="text-accent-ink underline-offset-4 hover:underline"
                  >
                    <bdi>{training.datasetName}</bdi>
                  </Link>,
                ],
                [t.training.preset, network],
                config.base
                  ? [
                      t.training.base,
                      <span key="base">
                        <Link
                          to="/models/hub/$"
                          params={{ _splat: config.base.repoId }}
                          className="text-accent-ink underline-offset-4 hover:underline"
                        >
                          <bdi dir="ltr">{config.base.repoId}</bdi>
                        </Link>{" "}
                        (<bdi dir="ltr">{config.base.licence ?? t.models.licenseUnknown}</bdi>)
                      </span>,
                    ]
                  : false,
                [t.training.epochs, f.number(config.epochs)],
                [t.training.batchSize, f.number(config.batchSize)],
                [t.training.learningRate, config.learningRate ? f.rate(config.learningRate) : t.training.default],
                [t.training.seed, f.number(config.seed)],
                [
                  t.training.checkpointEvery,
                  config.checkpointEvery ? f.number(config.checkpointEvery) : t.training.default,
                ],
                [
                  t.training.validationSplit,
                  config.validationSplit ? f.number(config.validationSplit * 100, 1) : t.training.validationNone,
                ],
                config.earlyStopping ? [t.training.earlyStopping, f.number(config.earlyStopping)] : false,
                config.precision !== "auto" && [t.training.precision, config.precision],
                training.attempts > 1 && [t.training.attempts, f.number(training.attempts)],
                [t.training.createdAt, f.dateTime(training.createdAt)],
                training.startedAt ? [t.training.startedAt, f.dateTime(training.startedAt)] : false,
                training.completedAt ? [t.training.completedAt, f.dateTime(training.completedAt)] : false,
              ]}
            />
          </Card>
        </div>
        <Samples training={training} />
        <TrainingLog training={training} />
      </div>
    </>
  );
}
