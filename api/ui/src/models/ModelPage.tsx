import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useLanguage } from "../i18n";
import { BackIcon } from "../ui/icons";
import { PageHeader } from "../ui/Surface";
import { HubProblem } from "../sources/HubProblem";
import { HubLoading } from "../sources/HubLoading";
import { ModelView } from "./ModelView";
import { modelQuery } from "../sources/sources";

export function ModelPage() {
  const { t } = useLanguage();
  const { _splat: repoId = "" } = useParams({ from: "/shell/models/hub/$" });
  const model = useQuery(modelQuery(repoId));
  return (
    <>
      <Link to="/models" className="mb-2 inline-flex items-center gap-1 text-sm text-muted hover:text-ink">
        <BackIcon className="size-4" />
        {t.sources.title}
      </Link>
      {model.data ? (
        <ModelView key={repoId} model={model.data} />
      ) : (
        <>
          <PageHeader tab={repoId} title={<bdi dir="ltr">{repoId}</bdi>} />
          {model.isPending ? <HubLoading /> : <HubProblem error={model.error} onRetry={() => void model.refetch()} />}
        </>
      )}
    </>
  );
}
