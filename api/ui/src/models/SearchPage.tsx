import { useNavigate, useSearch } from "@tanstack/react-router";
import { useLanguage } from "../i18n";
import { ModelTabs } from "./ModelTabs";
import { PageHeader } from "../ui/Surface";
import { Catalog } from "../sources/Catalog";
import { isSearch, parseSearch, type Search } from "../sources/search";
import { SearchForm } from "../sources/SearchForm";
import { SearchResults } from "../sources/SearchResults";

/** Models of the Hub. The search is part of the address, so that it survives a reload and going back. */
export function SearchPage() {
  const { t } = useLanguage();
  const search = useSearch({ from: "/shell/models" });
  const navigate = useNavigate();

  function changeSearch(change: { [Key in keyof Search]?: Search[Key] | undefined }, replace: boolean) {
    const next = parseSearch({ ...search, ...change });
    void navigate({ to: "/models", search: next, replace, resetScroll: false });
  }

  return (
    <>
      <PageHeader title={t.sources.title} hint={t.sources.hint} />
      <ModelTabs />
      <SearchForm search={search} onChange={changeSearch} />
      {isSearch(search) ? <SearchResults search={search} /> : <Catalog />}
    </>
  );
}
