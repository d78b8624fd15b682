import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { LeaveGuard } from "../ui/LeaveGuard";
import { Progress } from "../ui/Progress";

interface UploadProgressProps {
  /** In bytes, like `total`. */
  sent: number;
  total: number;
  onStop: () => void;
}

export function UploadProgress({ sent, total, onStop }: UploadProgressProps) {
  const { t, f } = useLanguage();
  return (
    <div className="flex flex-col gap-2">
      <LeaveGuard
        title={t.datasets.leaveTitle}
        body={t.datasets.leaveBody}
        stay={t.datasets.stay}
        leave={t.datasets.leave}
      />
      <Progress
        label={t.datasets.sending}
        value={sent / Math.max(total, 1)}
        text={f.percent(sent / Math.max(total, 1))}
        moving
      />
      <div className="flex items-center justify-between gap-3">
        <p className="text-sm text-muted" role="status">
          {sent < total ? t.datasets.sent(f.bytes(sent), f.bytes(total)) : t.datasets.received}
        </p>
        <Button onPress={onStop}>{t.datasets.stopSending}</Button>
      </div>
    </div>
  );
}
