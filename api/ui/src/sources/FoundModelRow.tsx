import { Link } from "@tanstack/react-router";
import { useLanguage } from "../i18n";
import { DownloadIcon, ForwardIcon, HeartIcon } from "../ui/icons";
import { GatedBadge } from "./GatedBadge";
import type { FoundModel } from "./sources";
import { taskName } from "./tasks";

export function FoundModelRow({ model }: { model: FoundModel }) {
  const { t, f } = useLanguage();
  return (
    <Link
      to="/models/hub/$"
      params={{ _splat: model.repoId }}
      className="flex items-center gap-4 rounded-2xl border border-line bg-surface p-4 shadow-card transition-colors hover:border-line-strong sm:px-6"
    >
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h3 className="min-w-0 font-semibold break-words">
            <bdi dir="ltr">{model.repoId}</bdi>
          </h3>
          <GatedBadge model={model} />
        </div>
        <p className="mt-0.5 flex flex-wrap items-center gap-x-3 text-sm text-muted">
          {model.pipelineTag && <span>{taskName(model.pipelineTag, t)}</span>}
          {model.licence && <bdi dir="ltr">{model.licence}</bdi>}
          <span className="inline-flex items-center gap-1">
            <DownloadIcon className="size-3.5" />
            <span className="sr-only">{t.sources.downloads}</span>
            {f.compact(model.downloads)}
          </span>
          <span className="inline-flex items-center gap-1">
            <HeartIcon className="size-3.5" />
            <span className="sr-only">{t.sources.likes}</span>
            {f.compact(model.likes)}
          </span>
          {model.lastModified && <span>{f.date(model.lastModified)}</span>}
        </p>
      </div>
      <ForwardIcon className="size-4 text-muted" />
    </Link>
  );
}
