import { Link } from "@tanstack/react-router";
import { useLanguage } from "../i18n";
import { shortCommit } from "../sources/sources";
import { Badge } from "../ui/Badge";
import { Disclosure } from "../ui/Disclosure";
import { Card, Facts } from "../ui/Surface";
import { DeleteModel } from "./DeleteModel";
import { InstalledFiles } from "./InstalledFiles";
import { type Model } from "./models";
import { Trainable } from "./Trainable";
import { UpdateCheck } from "./UpdateCheck";

export function ModelRow({ model }: { model: Model }) {
  const { t, f } = useLanguage();
  const files = model.files ?? [];
  return (
    <Card>
      <article aria-label={model.repoId} className="flex flex-col gap-4">
        <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
          <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
            <h2 className="min-w-0 font-semibold break-words">
              <Link to="/models/hub/$" params={{ _splat: model.repoId }} className="underline-offset-4 hover:underline">
                <bdi dir="ltr">{model.repoId}</bdi>
              </Link>
            </h2>
            <Badge tone="calm">{t.models.kind[model.type]}</Badge>
            {model.found && <Badge tone="muted">{t.models.external}</Badge>}
          </div>
          <DeleteModel model={model} />
        </div>
        <div className="grid gap-x-10 gap-y-2 sm:grid-cols-2">
          <Facts
            facts={[
              [t.models.size, f.bytes(model.sizeBytes)],
              [t.models.license, model.licence ? <bdi dir="ltr">{model.licence}</bdi> : t.models.licenseUnknown],
            ]}
          />
          <Facts
            facts={[
              [
                t.models.commit,
                <span key="commit">
                  <code>{shortCommit(model.commit)}</code>
                  {model.branch && (
                    <>
                      {" "}
                      (<bdi>{model.branch}</bdi>)
                    </>
                  )}
                </span>,
              ],
              [t.models.updatedAt, f.dateTime(model.updatedAt)],
            ]}
          />
        </div>
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <Trainable model={model} />
          {model.trainable && (
            <Link
              to="/training/new"
              search={{ base: model.id }}
              className="font-medium text-accent-ink underline-offset-4 hover:underline"
            >
              {t.models.train}
            </Link>
          )}
        </div>
        <div className="text-sm">
          <p className="text-muted">{t.models.folder}</p>
          <p dir="ltr" className="font-mono text-[0.8rem] break-all rtl:text-right">
            {model.folder}
          </p>
        </div>
        <div className="border-t border-line pt-2">
          <Disclosure title={t.downloads.fileCount(f.number(files.length))}>
            <InstalledFiles files={files} />
          </Disclosure>
          <UpdateCheck model={model} />
        </div>
      </article>
    </Card>
  );
}
