import { useInfiniteQuery } from "@tanstack/react-query";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { SearchIcon } from "../ui/icons";
import { Empty } from "../ui/Surface";
import { FoundModelRow } from "./FoundModelRow";
import { HubProblem } from "./HubProblem";
import { HubLoading } from "./HubLoading";
import type { Search } from "./search";
import { searchQuery } from "./sources";

export function SearchResults({ search }: { search: Search }) {
  const { t } = useLanguage();
  const found = useInfiniteQuery(searchQuery(search));
  const problem = <HubProblem error={found.error} onRetry={() => void found.refetch()} />;

  if (found.isPending) return <HubLoading />;
  if (found.data === undefined) return problem;
  if (found.data.length === 0) {
    return <Empty icon={<SearchIcon className="size-7" />} title={t.sources.nothing} hint={t.sources.nothingHint} />;
  }
  return (
    <section aria-label={t.sources.found} aria-busy={found.isPlaceholderData}>
      <ul className={`flex flex-col gap-3 transition-opacity ${found.isPlaceholderData ? "opacity-50" : ""}`}>
        {found.data.map((model) => (
          <li key={model.repoId}>
            <FoundModelRow model={model} />
          </li>
        ))}
      </ul>
      <div className="mt-4 text-center">
        {found.isFetchNextPageError ? (
          <HubProblem error={found.error} onRetry={() => void found.fetchNextPage()} />
        ) : (
          found.hasNextPage &&
          !found.isPlaceholderData && (
            <Button onPress={() => void found.fetchNextPage()} isPending={found.isFetchingNextPage}>
              {t.more}
            </Button>
          )
        )}
      </div>
    </section>
  );
}
