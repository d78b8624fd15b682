import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { asProblem } from "../api/problem";
import { useLanguage } from "../i18n";
import { BackIcon } from "../ui/icons";
import { JobActions } from "../ui/JobActions";
import { Loading } from "../ui/List";
import { NotFoundPage } from "../ui/ErrorPage";
import { ProblemNotice } from "../ui/Notice";
import { PageHeader } from "../ui/Surface";
import { Checkpoints } from "./Checkpoints";
import { DeleteTraining } from "./DeleteTraining";
import { LossCard } from "./LossCard";
import { Samples } from "./Samples";
import { Settings } from "./Settings";
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
  const { status } = training;
  const action = useTrainingAction(training.id);
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
        hint={`${networkName(training, t)} · ${f.dateTime(training.createdAt)}`}
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
          <Settings training={training} />
        </div>
        <Samples training={training} />
        <TrainingLog training={training} />
      </div>
    </>
  );
}
