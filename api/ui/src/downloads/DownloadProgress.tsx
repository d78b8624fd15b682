import { useLanguage } from "../i18n";
import { Progress } from "../ui/Progress";
import type { Download } from "./downloads";

export function DownloadProgress({ download }: { download: Download }) {
  const { t, f } = useLanguage();
  const { progress, bytesPerSecond, etaSeconds, currentFile } = download;
  const running = download.status === "running";
  return (
    <div className="flex flex-col gap-1.5">
      <Progress label={t.downloads.progress} value={progress} text={f.percent(progress)} moving={running} />
      <p className="flex flex-wrap justify-between gap-x-4 text-sm text-muted" data-bytes={download.bytesDownloaded}>
        <span className="flex flex-wrap gap-x-3">
          <span className="font-semibold text-ink">{f.percent(progress)}</span>
          <span>{t.downloads.bytesOf(f.bytes(download.bytesDownloaded), f.bytes(download.bytesTotal))}</span>
          <span>{t.downloads.filesOf(f.number(download.filesDone), f.number(download.filesTotal))}</span>
        </span>
        {running && (
          <span className="flex flex-wrap gap-x-3">
            {bytesPerSecond != null && <span>{t.downloads.perSecond(f.bytes(bytesPerSecond))}</span>}
            {etaSeconds != null && <span>{t.downloads.eta(f.duration(etaSeconds))}</span>}
          </span>
        )}
      </p>
      {running && currentFile != null && (
        <p dir="ltr" className="truncate font-mono text-[0.8rem] text-muted rtl:text-right">
          {currentFile}
        </p>
      )}
    </div>
  );
}
