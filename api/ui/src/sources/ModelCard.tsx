import { useLanguage } from "../i18n";
import { Card, CardTitle } from "../ui/Surface";
import { withoutFrontMatter } from "./card";

/** The card is shown as text: Markdown of strangers isn't rendered into this page. */
export function ModelCard({ card }: { card: string | undefined }) {
  const { t } = useLanguage();
  const text = card === undefined ? "" : withoutFrontMatter(card);
  return (
    <Card>
      <CardTitle>{t.sources.card}</CardTitle>
      {text === "" ? (
        <p className="text-muted">{t.sources.noCard}</p>
      ) : (
        <pre
          dir="auto"
          tabIndex={0}
          aria-label={t.sources.card}
          className="max-h-[36rem] overflow-auto font-sans text-[0.9rem] leading-7 break-words whitespace-pre-wrap"
        >
          {text}
        </pre>
      )}
    </Card>
  );
}
