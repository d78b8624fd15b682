import { type InvalidateOptions, type InvalidateQueryFilters, QueryClient, type QueryKey } from "@tanstack/react-query";
import { asProblem } from "./problem";

/** Changes arrive over the socket; polling is for the case that an event is lost. */
export const POLL_INTERVAL_MS = 60_000;

/**
 * Fetches a query again that is invalidated during its very first fetch, whose response may be older than the change. The
 * library takes that fetch for the one that was asked for.
 */
class LiveQueryClient extends QueryClient {
  override async invalidateQueries<TKey extends QueryKey = QueryKey>(
    filters: InvalidateQueryFilters<TKey> = {},
    options: InvalidateOptions = {},
  ): Promise<void> {
    const first = this.getQueryCache()
      .findAll(filters)
      .filter(({ state }) => state.data === undefined && state.fetchStatus === "fetching")
      .map(({ queryHash }) => queryHash);
    await super.invalidateQueries(filters, options);
    if (first.length === 0) return;
    await super.invalidateQueries({ predicate: ({ queryHash }) => first.includes(queryHash) }, options);
  }
}

/** Events keep the cache current; `staleTime` only saves requests when the user goes from page to page. */
export function createQueryClient(): QueryClient {
  return new LiveQueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => {
          const { status } = asProblem(error);
          return failures < 3 && (status === 0 || status === 429 || status >= 500);
        },
      },
    },
  });
}
