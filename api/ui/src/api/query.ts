import { QueryClient } from "@tanstack/react-query";
import { asProblem } from "./problem";

/** The socket tells of changes; should an event be lost, lists with something under way still find out this soon. */
export const POLL_INTERVAL_MS = 60_000;

/** What the page knows of the server. The socket keeps it current; `staleTime` only saves requests between pages. */
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
