import { type ReactNode, useId, useState } from "react";
import { useLanguage } from "../i18n";
import { Button } from "./Button";
import { Card, CardTitle } from "./Surface";
import { hasMoreLines, shownText, unlistedCount, type DroppedSummary, type DroppedItem } from "./dropped";

/** Items that are shown before the list is unfolded. */
const COLLAPSED_ITEMS = 5;

/** What isn't spoken, in a card of its own; nothing where all is spoken. */
export function DroppedCard({ dropped, hint }: { dropped: DroppedSummary; hint?: ReactNode }) {
  const { t } = useLanguage();
  if (dropped.items.length === 0) return null;
  return (
    <Card>
      <CardTitle hint={hint}>{t.text.dropped.title}</CardTitle>
      <DroppedList dropped={dropped} />
    </Card>
  );
}

/** What isn't spoken of one text, beneath it; nothing where all is spoken. */
export function DroppedNote({ dropped }: { dropped: DroppedSummary }) {
  const { t } = useLanguage();
  if (dropped.items.length === 0) return null;
  return (
    <div className="mt-3 text-[0.95rem]">
      <p className="font-medium text-warning">{t.text.dropped.title}</p>
      <DroppedList dropped={dropped} />
    </div>
  );
}

function DroppedList({ dropped }: { dropped: DroppedSummary }) {
  const { t, f } = useLanguage();
  const id = useId();
  const [isExpanded, setExpanded] = useState(false);
  const { items } = dropped;
  const unlisted = unlistedCount(dropped);
  const canCollapse = items.length > COLLAPSED_ITEMS;
  const isWhole = isExpanded || !canCollapse;
  return (
    <>
      <ul id={id} aria-label={t.text.dropped.title} className="flex flex-col">
        {(isWhole ? items : items.slice(0, COLLAPSED_ITEMS)).map((item) => (
          <DroppedRow key={`${item.reason} ${item.text}`} item={item} />
        ))}
      </ul>
      {isWhole && unlisted > 0 && (
        <p className="border-t border-line py-2 text-sm text-muted">{t.text.dropped.unlisted(f.number(unlisted))}</p>
      )}
      {canCollapse && (
        <Button
          variant="quiet"
          aria-expanded={isExpanded}
          aria-controls={id}
          onPress={() => setExpanded(!isExpanded)}
          className="mt-1"
        >
          {isExpanded ? t.text.dropped.fewer : t.text.dropped.all(f.number(items.length))}
        </Button>
      )}
    </>
  );
}

function DroppedRow({ item }: { item: DroppedItem }) {
  const { t, f } = useLanguage();
  const { reason, count, lines } = item;
  const numbers = lines.map((line) => f.number(line)).join(t.comma) + (hasMoreLines(item) ? `${t.comma}…` : "");
  const places = [t.text.dropped.times(f.number(count)), ...(lines.length > 0 ? [t.text.dropped.lines(numbers)] : [])];
  return (
    <li className="flex flex-wrap items-baseline gap-x-4 gap-y-1 border-t border-line py-2 first:border-0">
      <bdi className="max-w-full min-w-12 rounded bg-sunken px-2 text-center font-mono break-all">
        {shownText(item)}
      </bdi>
      <span className="min-w-32 flex-1">{t.text.dropped.reason[reason]}</span>
      <span className="text-sm text-muted">{places.join(" · ")}</span>
    </li>
  );
}
