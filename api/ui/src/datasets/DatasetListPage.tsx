import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useLanguage } from "../i18n";
import { ButtonLink } from "../ui/Button";
import { ClipsIcon, ForwardIcon, PlusIcon } from "../ui/icons";
import { List } from "../ui/List";
import { Empty, PageHeader } from "../ui/Surface";
import { DatasetBadge } from "./DatasetBadge";
import { DatasetProgress } from "./DatasetProgress";
import { type Dataset, datasetsQuery } from "./datasets";

export function DatasetListPage() {
  const { t } = useLanguage();
  const datasets = useInfiniteQuery(datasetsQuery);
  const add = (
    <ButtonLink to="/datasets/new" variant="primary">
      <PlusIcon />
      {t.datasets.upload}
    </ButtonLink>
  );
  return (
    <>
      <PageHeader title={t.datasets.title} hint={t.datasets.hint}>
        {datasets.data?.length !== 0 && add}
      </PageHeader>
      <List
        query={datasets}
        empty={
          <Empty icon={<ClipsIcon className="size-7" />} title={t.datasets.empty} hint={t.datasets.emptyHint}>
            {add}
          </Empty>
        }
      >
        {(dataset) => <DatasetRow dataset={dataset} />}
      </List>
    </>
  );
}

function DatasetRow({ dataset }: { dataset: Dataset }) {
  const { t, f } = useLanguage();
  const facts =
    dataset.status === "ready"
      ? [
          t.datasets.clipCount(f.number(dataset.recordCount)),
          f.duration(dataset.durationSeconds),
          f.bytes(dataset.sizeBytes),
        ]
      : [f.bytes(dataset.sizeBytes), f.dateTime(dataset.createdAt)];
  return (
    <Link
      to="/datasets/$id"
      params={{ id: dataset.id }}
      className="flex items-center gap-4 rounded-2xl border border-line bg-surface p-4 shadow-card transition-colors hover:border-line-strong sm:px-6"
    >
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h2 className="line-clamp-2 min-w-0 font-semibold break-words">
            <bdi>{dataset.name}</bdi>
          </h2>
          <DatasetBadge dataset={dataset} />
        </div>
        <p className="text-sm text-muted">{facts.join(" · ")}</p>
        {dataset.status === "preparing" && <DatasetProgress id={dataset.id} />}
      </div>
      <ForwardIcon className="size-4 text-muted" />
    </Link>
  );
}
