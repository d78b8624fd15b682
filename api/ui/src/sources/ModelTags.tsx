import { useLanguage } from "../i18n";
import { Fold } from "../ui/Fold";
import { Card, CardTitle } from "../ui/Surface";

/** Some models bear hundreds, for each language one. */
const SHOWN_OPENLY = 24;

export function ModelTags({ tags }: { tags: string[] }) {
  const { t, f } = useLanguage();
  if (tags.length === 0) return null;
  const rest = tags.slice(SHOWN_OPENLY);
  return (
    <Card>
      <CardTitle>{t.sources.tags}</CardTitle>
      <Chips tags={tags.slice(0, SHOWN_OPENLY)} />
      {rest.length > 0 && (
        <Fold name={t.sources.moreTags(f.number(rest.length))}>
          <Chips tags={rest} />
        </Fold>
      )}
    </Card>
  );
}

function Chips({ tags }: { tags: string[] }) {
  return (
    <ul dir="ltr" className="flex flex-wrap gap-1.5 rtl:justify-end">
      {tags.map((tag) => (
        <li key={tag} className="rounded-full bg-sunken px-2.5 py-0.5 text-[0.8rem] leading-6 break-all text-muted">
          {tag}
        </li>
      ))}
    </ul>
  );
}
