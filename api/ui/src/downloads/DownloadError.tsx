import { useLanguage } from "../i18n";
import { Notice } from "../ui/Notice";
import { ServerText } from "../ui/ServerText";
import type { Download } from "./downloads";

export function DownloadError({ download }: { download: Download }) {
  const { t, f } = useLanguage();
  const { status, errorMessage, errorDetails, attempts, readyAt } = download;
  if (!errorMessage) return null;
  switch (status) {
    case "failed":
      return (
        <Notice tone="danger" title={t.downloads.failed}>
          <ServerText text={errorMessage} details={errorDetails} general={t.downloads.failedHint} />
        </Notice>
      );
    case "queued":
      return (
        <Notice tone="warning" title={t.downloads.nextAttempt(f.timeOfDay(readyAt))}>
          {attempts > 1 && <p className="text-sm text-muted">{t.downloads.attempts(f.number(attempts))}</p>}
          <ServerText text={errorMessage} details={errorDetails} />
        </Notice>
      );
    default:
      return null;
  }
}
