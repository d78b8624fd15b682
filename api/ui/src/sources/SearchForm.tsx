import type { FormEvent } from "react";
import { Form } from "react-aria-components";
import { useLanguage } from "../i18n";
import { Choice } from "../ui/Choice";
import { SearchField } from "../ui/SearchField";
import { Card } from "../ui/Surface";
import { Switch } from "../ui/Switch";
import { PERSIAN_KINDS, type Search, SEARCH_KINDS, type SearchKind, type SortBy, SORTS } from "./search";
import { useDebouncedText } from "./debouncedText";

interface SearchFormProps {
  search: Search;
  /** `replace`: the change only refines the last search, so the browser's history needs no entry for it. */
  onChange: (change: { [Key in keyof Search]?: Search[Key] | undefined }, replace: boolean) => void;
}

export function SearchForm({ search, onChange }: SearchFormProps) {
  const { t } = useLanguage();
  const { q = "", type, sort, persian = false } = search;
  const { text, setText, flush } = useDebouncedText(q, (next) => onChange({ q: next }, q !== "" && next !== ""));

  const kinds: { id: SearchKind | "all"; name: string }[] = [
    ...(persian ? [] : [{ id: "all" as const, name: t.sources.allKinds }]),
    ...(persian ? PERSIAN_KINDS : SEARCH_KINDS).map((kind) => ({ id: kind, name: t.models.kind[kind] })),
  ];
  const sorts = SORTS.map((id: SortBy) => ({ id, name: t.sources.sort[id] }));

  function submit(event: FormEvent) {
    event.preventDefault();
    flush();
  }

  return (
    <Card className="mb-5">
      <Form onSubmit={submit} role="search" aria-label={t.sources.search} className="flex flex-col gap-3">
        <SearchField
          label={t.sources.query}
          name="q"
          placeholder={t.sources.queryPlaceholder}
          value={text}
          onChange={setText}
        />
        <div className="grid grid-cols-2 items-end gap-3 sm:grid-cols-[1fr_1fr_auto] sm:gap-4">
          <Choice
            label={t.sources.kind}
            name="type"
            value={type ?? "all"}
            options={kinds}
            onChange={(kind) => onChange({ type: kind === "all" ? undefined : kind }, false)}
          />
          <Choice
            label={t.sources.sortBy}
            name="sort"
            value={sort ?? "trending"}
            options={sorts}
            onChange={(next) => onChange({ sort: next }, false)}
          />
          <Switch
            isSelected={persian}
            onChange={(on) => onChange(on ? { persian: true } : { persian: undefined }, false)}
          >
            {t.sources.persianOnly}
          </Switch>
        </div>
      </Form>
    </Card>
  );
}
