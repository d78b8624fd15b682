import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { unwrap, api, type Schemas } from "../api/client";
import { limits } from "../api/limits";
import { sourceKeys } from "../sources/sources";
import type { Limits } from "../ui/numbers";

export type Preferences = Schemas["Preferences"];
export type SavedToken = Schemas["SavedToken"];

/** In bytes. */
export const MEGABYTE = 1_000_000;
/** The server's limits. */
export const LIMITS = {
  concurrent: { ...limits.Change.maxConcurrentDownloads, isOptional: false },
  /** In megabytes per second; 0 is no limit. */
  speed: { min: 0, max: Math.floor(limits.Change.maxBytesPerSecond.max / MEGABYTE) },
} as const satisfies Record<string, Limits>;
/** In megabytes per second. */
export const MIN_SPEED = limits.Change.maxBytesPerSecond.min / MEGABYTE;

export const preferenceKeys = {
  all: ["preferences"] as const,
};

export const preferencesQuery = queryOptions({
  queryKey: preferenceKeys.all,
  queryFn: () => unwrap(api.GET("/api/settings")),
});

/** The server answers every change with all preferences. */
function useSetPreferences() {
  const client = useQueryClient();
  return (preferences: Preferences) => client.setQueryData(preferencesQuery.queryKey, preferences);
}

export function useChangePreferences() {
  const onSuccess = useSetPreferences();
  return useMutation({
    mutationFn: (body: Schemas["Change"]) => unwrap(api.POST("/api/settings", { body })),
    onSuccess,
  });
}

export function useSaveToken() {
  const setPreferences = useSetPreferences();
  const clearHubCache = useClearHubCache();
  return useMutation({
    mutationFn: (token: string) => unwrap(api.PUT("/api/settings/huggingface/token", { body: { token } })),
    // The token must not stay in the cache of mutations.
    gcTime: 0,
    onSuccess: (preferences) => {
      setPreferences(preferences);
      clearHubCache();
    },
  });
}

export function useDeleteToken() {
  const setPreferences = useSetPreferences();
  const clearHubCache = useClearHubCache();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/settings/huggingface/token")),
    onSuccess: (preferences) => {
      setPreferences(preferences);
      clearHubCache();
    },
  });
}

export function useValidateToken() {
  return useMutation({ mutationFn: () => unwrap(api.PUT("/api/settings/huggingface/validate")) });
}

/** The Hub shows other models to another account. */
function useClearHubCache() {
  const client = useQueryClient();
  return () => client.removeQueries({ queryKey: sourceKeys.all });
}
