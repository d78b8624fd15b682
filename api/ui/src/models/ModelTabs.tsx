import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { downloadsQuery, isActive } from "../downloads/downloads";
import { useLanguage } from "../i18n";

export function ModelTabs() {
  const { t, f } = useLanguage();
  const downloads = useInfiniteQuery(downloadsQuery);
  const underWay = downloads.data?.filter(isActive).length ?? 0;
  const tabs = [
    { to: "/models", name: t.sources.search, count: 0 },
    { to: "/models/downloads", name: t.downloads.title, count: underWay },
    { to: "/models/installed", name: t.models.title, count: 0 },
  ] as const;
  return (
    <nav aria-label={t.models.tabs} className="mb-5 flex gap-1 border-b border-line">
      {tabs.map(({ to, name, count }) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ exact: true, includeSearch: false }}
          activeProps={{ "aria-current": "page" }}
          className="-mb-px inline-flex min-h-11 items-center gap-2 border-b-2 border-transparent px-3 text-[0.95rem] font-medium text-muted hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-accent-ink"
        >
          {name}
          {count > 0 && (
            <span className="rounded-full bg-accent-soft px-2 text-[0.8rem] leading-6 text-accent-ink">
              {f.number(count)}
            </span>
          )}
        </Link>
      ))}
    </nav>
  );
}
