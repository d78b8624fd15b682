import { useLanguage } from "../i18n";
import { Progress } from "../ui/Progress";
import { useChecked } from "./datasets";

/** How far the check of an upload has come. */
export function DatasetCheck({ id }: { id: string }) {
  const { t, f } = useLanguage();
  const checked = useChecked(id);
  return (
    <div className="mt-3 flex flex-col gap-1">
      <Progress
        label={t.datasets.state.preparing}
        value={checked ? checked.done / Math.max(checked.total, 1) : undefined}
        moving
        slim
      />
      <p className="text-sm text-muted">
        {checked ? t.datasets.preparingOf(f.number(checked.done), f.number(checked.total)) : t.datasets.preparing}
      </p>
    </div>
  );
}
