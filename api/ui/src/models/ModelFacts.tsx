import { useLanguage } from "../i18n";
import { ExternalLink } from "../ui/ExternalLink";
import { Card, CardTitle, Facts } from "../ui/Surface";
import { Trainable } from "./Trainable";
import { shortCommit, type ModelDetails } from "../sources/sources";
import { taskName } from "../sources/tasks";

export function ModelFacts({ model }: { model: ModelDetails }) {
  const { t, f } = useLanguage();
  const ltr = (text: string) => <bdi dir="ltr">{text}</bdi>;
  return (
    <Card>
      <CardTitle>{t.sources.about}</CardTitle>
      <Facts
        facts={[
          [t.models.license, model.licence ? ltr(model.licence) : t.models.licenseUnknown],
          model.pipelineTag ? [t.sources.task, taskName(model.pipelineTag, t)] : false,
          model.modelType ? [t.sources.network, ltr(model.modelType)] : false,
          model.library ? [t.sources.library, ltr(model.library)] : false,
          ...Object.entries(model.parameters).map(
            ([type, count]) => [t.sources.parameters(type), f.compact(count)] as const,
          ),
          [t.sources.downloads, f.number(model.downloads)],
          [t.sources.likes, f.number(model.likes)],
          model.lastModified ? [t.sources.lastModified, f.dateTime(model.lastModified)] : false,
          [t.models.commit, <code key="commit">{shortCommit(model.commit)}</code>],
        ]}
      />
      <div className="mt-4 flex flex-col gap-3 border-t border-line pt-4 text-[0.95rem]">
        <Trainable model={model} />
        <ExternalLink href={model.page}>{t.sources.hubPage}</ExternalLink>
      </div>
    </Card>
  );
}
