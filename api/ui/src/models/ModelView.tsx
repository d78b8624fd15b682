import { useDownloadOf, useStartDownload } from "../downloads/downloads";
import { DownloadRow } from "../downloads/DownloadRow";
import { useLanguage } from "../i18n";
import { Badge } from "../ui/Badge";
import { Button, ButtonLink } from "../ui/Button";
import { CheckIcon, DownloadIcon } from "../ui/icons";
import { PageHeader } from "../ui/Surface";
import { GatedBadge } from "../sources/GatedBadge";
import { GatedNotice } from "../sources/GatedNotice";
import { HubProblem } from "../sources/HubProblem";
import { ModelCard } from "../sources/ModelCard";
import { ModelFacts } from "./ModelFacts";
import { ModelFiles } from "../sources/ModelFiles";
import { ModelTags } from "../sources/ModelTags";
import type { ModelDetails } from "../sources/sources";
import { taskName } from "../sources/tasks";

export function ModelView({ model }: { model: ModelDetails }) {
  const { t, f } = useLanguage();
  const start = useStartDownload();
  const download = useDownloadOf(model.repoId, model.commit);
  return (
    <>
      <PageHeader
        tab={model.repoId}
        title={
          <>
            <bdi dir="ltr" className="min-w-0 break-words">
              {model.repoId}
            </bdi>
            <GatedBadge model={model} />
            {model.installed && <Badge tone="good">{t.models.installed}</Badge>}
          </>
        }
        hint={model.pipelineTag ? taskName(model.pipelineTag, t) : undefined}
      >
        {model.installed ? (
          <ButtonLink to="/models/installed">
            <CheckIcon />
            {t.models.title}
          </ButtonLink>
        ) : (
          download === undefined && (
            <Button
              variant="primary"
              isPending={start.isPending}
              isDisabled={model.fetched.length === 0}
              onPress={() => start.mutate({ repoId: model.repoId })}
            >
              <DownloadIcon />
              {t.downloads.start(f.bytes(model.fetchedBytes))}
            </Button>
          )
        )}
      </PageHeader>
      <div className="flex flex-col gap-5">
        {start.isError && <HubProblem error={start.error} />}
        {download && !model.installed && <DownloadRow download={download} />}
        {model.gated !== "no" && !model.installed && <GatedNotice model={model} />}
        <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-[minmax(0,1fr)_20rem]">
          <div className="flex min-w-0 flex-col gap-5">
            <ModelFiles model={model} />
            <ModelCard card={model.card ?? undefined} />
          </div>
          <div className="flex min-w-0 flex-col gap-5">
            <ModelFacts model={model} />
            <ModelTags tags={model.tags} />
          </div>
        </div>
      </div>
    </>
  );
}
