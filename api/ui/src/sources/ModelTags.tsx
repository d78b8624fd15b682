import { useLanguage } from "../i18n";
import { Disclosure } from "../ui/Disclosure";
import { Card, CardTitle } from "../ui/Surface";

/** Some models have hundreds of tags, one for each language. */
const MAX_VISIBLE_TAGS = 24;

export function ModelTags({ tags }: { tags: string[] }) {
  const { t, f } = useLanguage();
  if (tags.length === 0) return null;
  const rest = tags.slice(MAX_VISIBLE_TAGS);
  return (
    <Card>
      <CardTitle>{t.sources.tags}</CardTitle>
      <Chips tags={tags.slice(0, MAX_VISIBLE_TAGS)} />
      {rest.length > 0 && (
        <Disclosure title={t.sources.moreTags(f.number(rest.length))}>
          <Chips tags={rest} />
        </Disclosure>
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
