import { type QueryClient, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { unwrap, api, unwrapEmpty, type Schemas } from "../api/client";
import type { LiveEvent } from "../live/events";
import { sourceKeys } from "../sources/sources";

export type Model = Schemas["Model"];
export type ModelKind = Schemas["ModelKind"];

export const modelKeys = {
  list: ["models", "list"] as const,
};

export const modelsQuery = queryOptions({
  queryKey: modelKeys.list,
  queryFn: async () => (await unwrap(api.GET("/api/sources/installed"))).items,
});

export function useDeleteModel(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrapEmpty(api.DELETE("/api/sources/installed/{id}", { params: { path: { id } } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: sourceKeys.models });
      return client.invalidateQueries({ queryKey: modelKeys.list });
    },
  });
}

/** A request to the Hub, so it is sent only on demand. */
export function useUpdateCheck(id: string) {
  return useMutation({
    mutationFn: () => unwrap(api.GET("/api/sources/installed/{id}/update", { params: { path: { id } } })),
  });
}

/** Updates the cached models. */
export function applyModelEvent(client: QueryClient, { event }: LiveEvent): void {
  if (event !== "download:complete") return;
  void client.invalidateQueries({ queryKey: modelKeys.list });
  void client.invalidateQueries({ queryKey: sourceKeys.models });
}
