import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { asProblem } from "../api/problem";
import { useLanguage } from "../i18n";
import { useHasNoWorker } from "../system/system";
import { Button, ButtonLink } from "../ui/Button";
import { Confirm } from "../ui/Confirm";
import { BackIcon, CurveIcon, TrashIcon } from "../ui/icons";
import { Loading } from "../ui/List";
import { NotFoundPage } from "../ui/ErrorPage";
import { Notice, ProblemNotice } from "../ui/Notice";
import { Card, CardTitle, Facts, PageHeader } from "../ui/Surface";
import { ServerText } from "../ui/ServerText";
import { DroppedCard } from "../ui/DroppedList";
import { Clips } from "./Clips";
import { DatasetBadge } from "./DatasetBadge";
import { DatasetProgress } from "./DatasetProgress";
import { type Dataset, datasetQuery, useDeleteDataset } from "./datasets";
import { reportFacts, droppedOf } from "./report";

export function DatasetPage() {
  const { id } = useParams({ from: "/shell/datasets/$id" });
  const dataset = useQuery(datasetQuery(id));
  if (dataset.data) return <DatasetView key={id} dataset={dataset.data} />;
  if (dataset.isPending) return <Loading />;
  if (asProblem(dataset.error).status === 404) return <NotFoundPage />;
  return <ProblemNotice error={dataset.error} onRetry={() => void dataset.refetch()} />;
}

function DatasetView({ dataset }: { dataset: Dataset }) {
  const { t } = useLanguage();
  const dropped = droppedOf(dataset.report);
  return (
    <>
      <Link to="/datasets" className="mb-2 inline-flex items-center gap-1 text-sm text-muted hover:text-ink">
        <BackIcon className="size-4" />
        {t.datasets.title}
      </Link>
      <PageHeader
        tab={dataset.name}
        title={
          <>
            <bdi>{dataset.name}</bdi>
            <DatasetBadge dataset={dataset} />
          </>
        }
      >
        {dataset.status === "ready" && (
          <ButtonLink to="/training/new" search={{ dataset: dataset.id }} variant="primary">
            <CurveIcon />
            {t.datasets.train}
          </ButtonLink>
        )}
        {!dataset.sample && <DeleteDataset dataset={dataset} />}
      </PageHeader>
      <div className="flex flex-col gap-5">
        <DatasetNotice dataset={dataset} />
        {dataset.status === "ready" && (
          <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-[20rem_minmax(0,1fr)]">
            <div className="flex min-w-0 flex-col gap-5">
              <DatasetReport dataset={dataset} />
              {dropped && <DroppedCard dropped={dropped} hint={t.datasets.droppedHint} />}
            </div>
            <Clips dataset={dataset} />
          </div>
        )}
      </div>
    </>
  );
}

function DatasetReport({ dataset }: { dataset: Dataset }) {
  const { t, f } = useLanguage();
  return (
    <Card>
      <CardTitle>{t.datasets.report}</CardTitle>
      <Facts
        facts={[
          [t.datasets.length, f.duration(dataset.durationSeconds)],
          ...reportFacts(dataset.report, t, f),
          [t.datasets.size, f.bytes(dataset.sizeBytes)],
          [t.datasets.language, dataset.language === "fa" ? t.datasets.persian : dataset.language],
          [t.datasets.createdAt, f.dateTime(dataset.createdAt)],
        ]}
      />
    </Card>
  );
}

function DatasetNotice({ dataset }: { dataset: Dataset }) {
  const { t } = useLanguage();
  const hasNoWorker = useHasNoWorker("datasets", dataset.status === "preparing");
  switch (dataset.status) {
    case "preparing":
      return (
        <>
          {hasNoWorker && <Notice tone="warning" title={t.datasets.noWorker} />}
          <Card>
            <CardTitle>{t.datasets.state.preparing}</CardTitle>
            <DatasetProgress id={dataset.id} />
          </Card>
        </>
      );
    case "failed":
      return (
        <Notice tone="danger" title={t.datasets.failed}>
          <ServerText
            text={dataset.errorMessage ?? ""}
            details={dataset.errorDetails}
            general={t.datasets.failedHint}
          />
        </Notice>
      );
    case "cancelled":
      return <Notice tone="warning" title={t.datasets.cancelled} />;
    case "ready":
      return null;
  }
}

function DeleteDataset({ dataset }: { dataset: Dataset }) {
  const { t } = useLanguage();
  const navigate = useNavigate();
  const remove = useDeleteDataset(dataset.id);
  return (
    <Confirm
      trigger={
        <Button variant="danger">
          <TrashIcon />
          {t.datasets.remove}
        </Button>
      }
      title={t.datasets.removeTitle}
      body={t.datasets.removeBody}
      action={t.datasets.remove}
      onConfirm={async () => {
        await remove.mutateAsync();
        await navigate({ to: "/datasets" });
      }}
    />
  );
}
