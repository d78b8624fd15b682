import type { QueryClient } from "@tanstack/react-query";
import { accountQuery } from "../auth/account";
import { applyDatasetEvent } from "../datasets/datasets";
import { applyDownloadEvent } from "../downloads/downloads";
import type { LiveEvent } from "../live/events";
import { applyModelEvent } from "../models/models";
import { isHubQuery } from "../sources/sources";
import { applyTrainingEvent } from "../training/training";
import { applySynthesisEvent } from "../voices/syntheses";

/** Updates every cached query that an event is about. */
export function applyEvent(client: QueryClient, event: LiveEvent): void {
  if (event.event === "events:expired") refetchAll(client);
  applyTrainingEvent(client, event);
  applyDatasetEvent(client, event);
  applySynthesisEvent(client, event);
  applyDownloadEvent(client, event);
  applyModelEvent(client, event);
}

/** Changes of the time without a connection have no event, so everything of this server is fetched again. */
export function refetchAll(client: QueryClient): void {
  void client.invalidateQueries({
    predicate: ({ queryKey }) => queryKey[0] !== accountQuery.queryKey[0] && !isHubQuery(queryKey),
  });
}
