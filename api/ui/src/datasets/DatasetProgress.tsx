import { useLanguage } from "../i18n";
import { Progress } from "../ui/Progress";
import { useCheckProgress } from "./datasets";

export function DatasetProgress({ id }: { id: string }) {
  const { t, f } = useLanguage();
  const progress = useCheckProgress(id);
  return (
    <div className="mt-3 flex flex-col gap-1">
      <Progress
        label={t.datasets.state.preparing}
        value={progress ? progress.done / Math.max(progress.total, 1) : undefined}
        moving
        slim
      />
      <p className="text-sm text-muted">
        {progress ? t.datasets.preparingOf(f.number(progress.done), f.number(progress.total)) : t.datasets.preparing}
      </p>
    </div>
  );
}
