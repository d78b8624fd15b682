import { useQuery } from "@tanstack/react-query";
import { useLanguage } from "../i18n";
import { ButtonLink } from "../ui/Button";
import { ModelIcon, SearchIcon } from "../ui/icons";
import { Loading } from "../ui/List";
import { ProblemNotice } from "../ui/Notice";
import { Empty, PageHeader } from "../ui/Surface";
import { ModelRow } from "./ModelRow";
import { ModelTabs } from "./ModelTabs";
import { modelsQuery } from "./models";

export function ModelListPage() {
  const { t, f } = useLanguage();
  const models = useQuery(modelsQuery);
  const bytes = models.data?.reduce((sum, model) => sum + model.sizeBytes, 0) ?? 0;
  return (
    <>
      <PageHeader
        title={t.models.title}
        hint={models.data?.length ? t.models.sum(f.number(models.data.length), f.bytes(bytes)) : t.models.hint}
      />
      <ModelTabs />
      {models.isPending && <Loading />}
      {models.isError && !models.data && <ProblemNotice error={models.error} onRetry={() => void models.refetch()} />}
      {models.data?.length === 0 && (
        <Empty icon={<ModelIcon className="size-7" />} title={t.models.empty} hint={t.models.emptyHint}>
          <ButtonLink to="/models" variant="primary">
            <SearchIcon />
            {t.sources.search}
          </ButtonLink>
        </Empty>
      )}
      <ul className="flex flex-col gap-3">
        {models.data?.map((model) => (
          <li key={model.id}>
            <ModelRow model={model} />
          </li>
        ))}
      </ul>
    </>
  );
}
