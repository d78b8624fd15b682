import { useNavigate, useSearch } from "@tanstack/react-router";
import { useLanguage } from "../i18n";
import { ModelTabs } from "../models/ModelTabs";
import { PageHeader } from "../ui/Surface";
import { Catalog } from "./Catalog";
import { isAsked, readSearch, type Search } from "./search";
import { SearchForm } from "./SearchForm";
import { SearchResults } from "./SearchResults";

/** Models of the Hub. The address holds the question, so that one can come back to it. */
export function SearchPage() {
  const { t } = useLanguage();
  const search = useSearch({ from: "/shell/models" });
  const navigate = useNavigate();

  function look(change: { [Key in keyof Search]?: Search[Key] | undefined }, replace: boolean) {
    const next = readSearch({ ...search, ...change });
    void navigate({ to: "/models", search: next, replace, resetScroll: false });
  }

  return (
    <>
      <PageHeader title={t.sources.title} hint={t.sources.hint} />
      <ModelTabs />
      <SearchForm search={search} onLook={look} />
      {isAsked(search) ? <SearchResults search={search} /> : <Catalog />}
    </>
  );
}
