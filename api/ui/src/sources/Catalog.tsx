import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useLanguage } from "../i18n";
import { FoundModelRow } from "./FoundModelRow";
import { HubProblem } from "./HubProblem";
import { HubLoading } from "./HubLoading";
import { PERSIAN_KINDS } from "./search";
import { catalogQuery } from "./sources";

const MODELS_PER_KIND = 5;

export function Catalog() {
  const { t } = useLanguage();
  const catalog = useQuery(catalogQuery);
  if (catalog.isPending) return <HubLoading />;
  if (catalog.data === undefined) {
    return <HubProblem error={catalog.error} onRetry={() => void catalog.refetch()} />;
  }
  const { data } = catalog;
  return (
    <div className="flex flex-col gap-8">
      {PERSIAN_KINDS.map((kind) => (
        <section key={kind} aria-labelledby={`catalog-${kind}`}>
          <div className="mb-3 flex flex-wrap items-baseline justify-between gap-x-4">
            <h2 id={`catalog-${kind}`} className="text-lg font-semibold">
              {t.sources.catalog[kind]}
            </h2>
            <Link
              to="/models"
              search={{ type: kind, sort: "downloads", persian: true }}
              className="inline-flex min-h-11 items-center text-sm font-medium text-accent-ink underline-offset-4 hover:underline"
            >
              {t.sources.all}
            </Link>
          </div>
          {data[kind].length === 0 && <p className="text-muted">{t.sources.nothing}</p>}
          <ul className="flex flex-col gap-3">
            {data[kind].slice(0, MODELS_PER_KIND).map((model) => (
              <li key={model.repoId}>
                <FoundModelRow model={model} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
