import { Link } from "@tanstack/react-router";
import { useLanguage } from "../i18n";
import { shortCommit } from "../sources/sources";
import { JobActions } from "../ui/JobActions";
import { JobBadge } from "../ui/JobBadge";
import { Card } from "../ui/Surface";
import { DownloadProgress } from "./DownloadProgress";
import { DownloadError } from "./DownloadError";
import { type Download, isUnfinished, useDownloadAction } from "./downloads";

export function DownloadRow({ download }: { download: Download }) {
  const { t, f } = useLanguage();
  const action = useDownloadAction(download.id);
  const { status, completedAt } = download;
  const whatAndWhen = [
    `${download.revision === download.commit ? "" : `${download.revision} · `}${shortCommit(download.commit)}`,
    ...(isUnfinished(download)
      ? []
      : [f.bytes(download.bytesTotal), t.downloads.fileCount(f.number(download.filesTotal))]),
    f.dateTime(completedAt ?? download.createdAt),
  ];
  return (
    <Card>
      <article aria-label={download.repoId} data-status={status} className="flex flex-col gap-3">
        <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
          <div className="min-w-0">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <h2 className="min-w-0 font-semibold break-words">
                <Link
                  to="/models/hub/$"
                  params={{ _splat: download.repoId }}
                  className="underline-offset-4 hover:underline"
                >
                  <bdi dir="ltr">{download.repoId}</bdi>
                </Link>
              </h2>
              <JobBadge status={status} labels={t.downloads.state} />
            </div>
            <p className="mt-1 text-sm text-muted">
              {whatAndWhen.map((part, index) => (
                <span key={part}>
                  {index > 0 && " · "}
                  <bdi>{part}</bdi>
                </span>
              ))}
            </p>
          </div>
          <div className="flex flex-wrap items-center gap-2 empty:hidden">
            <JobActions status={status} labels={t.downloads} mutation={action} />
          </div>
        </div>
        {isUnfinished(download) && <DownloadProgress download={download} />}
        <DownloadError download={download} />
      </article>
    </Card>
  );
}
