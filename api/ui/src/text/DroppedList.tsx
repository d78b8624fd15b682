import { useLanguage } from "../i18n";
import { Card, CardTitle } from "../ui/Surface";
import { countDropped, type Dropped, shownDropped } from "./analysis";

/** What of the text isn't spoken, why, and how often it occurs. */
export function DroppedList({ dropped }: { dropped: readonly Dropped[] }) {
  const { t, f } = useLanguage();
  if (dropped.length === 0) return null;
  return (
    <Card>
      <CardTitle>{t.text.dropped.title}</CardTitle>
      <ul className="flex flex-col">
        {countDropped(dropped).map(({ text, reason, count }) => (
          <li
            key={`${reason} ${text}`}
            className="flex flex-wrap items-baseline gap-x-4 gap-y-1 border-t border-line py-2 first:border-0"
          >
            <bdi className="max-w-full min-w-12 rounded bg-sunken px-2 text-center font-mono break-all">
              {shownDropped({ text, reason })}
            </bdi>
            <span className="min-w-0 flex-1">{t.text.dropped.reason[reason]}</span>
            <span className="text-sm text-muted">{t.text.dropped.times(f.number(count))}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
