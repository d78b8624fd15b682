import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { Schemas } from "../api/client";
import { asProblem } from "../api/problem";
import { useLanguage } from "../i18n";
import { BackIcon } from "../ui/icons";
import { JobActions } from "../ui/JobActions";
import { Loading } from "../ui/List";
import { NotFoundPage } from "../ui/ErrorPage";
import { ProblemNotice } from "../ui/Notice";
import { PageHeader } from "../ui/Surface";
import { Checkpoints } from "./Checkpoints";
import { ContinueTraining } from "./ContinueTraining";
import { DeleteTraining } from "./DeleteTraining";
import { LossCard } from "./LossCard";
import { Samples } from "./Samples";
import { Settings } from "./Settings";
import { TrainingBadge } from "./TrainingBadge";
import { TrainingLog } from "./TrainingLog";
import { TrainingNotice } from "./TrainingNotice";
import { TrainingProgress } from "./TrainingProgress";
import { TrainingWarnings } from "./TrainingWarnings";
import {
  hasEnded,
  hasFailedByDiverging,
  networkName,
  type Training,
  trainingQuery,
  useTrainingAction,
} from "./training";

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
  const continuingHelps = hasFailedByDiverging(training);
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
        hint={
          <>
            {networkName(training, t)} · {f.dateTime(training.createdAt)}
            {training.config.continues && <EarlierTraining continues={training.config.continues} />}
          </>
        }
      >
        <JobActions status={status} labels={t.training} mutation={action} hasBetterRemedy={continuingHelps} />
        <ContinueTraining training={training} variant={continuingHelps ? "primary" : "plain"} />
        {hasEnded(status) && <DeleteTraining id={training.id} />}
      </PageHeader>
      <p role="status" className="sr-only">
        {t.training.announce(t.training.state[status])}
      </p>
      <div className="flex flex-col gap-5">
        <TrainingNotice training={training} />
        <TrainingWarnings training={training} />
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

/** It may have been deleted since. */
function EarlierTraining({ continues }: { continues: Schemas["Continues"] }) {
  const { t, f } = useLanguage();
  return (
    <Link
      to="/training/$id"
      params={{ id: continues.trainingId }}
      className="block w-fit text-accent-ink underline-offset-4 hover:underline"
    >
      {t.training.continuation.ofEarlier(f.number(continues.step))}
    </Link>
  );
}
