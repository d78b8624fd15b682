import { QueryClient } from "@tanstack/react-query";
import { asProblem } from "./problem";

/** Changes arrive over the socket; polling is for the case that an event is lost. */
export const POLL_INTERVAL_MS = 60_000;

/** Events keep the cache current; `staleTime` only saves requests when the user goes from page to page. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
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
