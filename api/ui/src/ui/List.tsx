import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useLanguage } from "../i18n";
import { Button } from "./Button";
import { ProblemNotice } from "./Notice";

interface ListProps<T> {
  query: UseInfiniteQueryResult<T[]>;
  empty: ReactNode;
  children: (row: T) => ReactNode;
}

export function List<T extends { id: string }>({ query, empty, children }: ListProps<T>) {
  const { t } = useLanguage();
  if (query.isPending) return <Loading />;
  if (query.data === undefined) return <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data.length === 0) return empty;
  return (
    <>
      <ul className="flex flex-col gap-3">
        {query.data.map((row) => (
          <li key={row.id}>{children(row)}</li>
        ))}
      </ul>
      {query.hasNextPage && (
        <div className="mt-4 text-center">
          <Button onPress={() => void query.fetchNextPage()} isPending={query.isFetchingNextPage}>
            {t.more}
          </Button>
        </div>
      )}
    </>
  );
}

/** Appears late, because most requests take only a moment. */
export function Loading() {
  const { t } = useLanguage();
  return (
    <p role="status" className="appear-late py-16 text-center text-muted">
      {t.loading}
    </p>
  );
}
