import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
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
  queryFn: () => answer(api.GET("/api/settings")),
});

/** Every change is answered with how all stands then. */
function useStored() {
  const client = useQueryClient();
  return (preferences: Preferences) => client.setQueryData(preferencesQuery.queryKey, preferences);
}

export function useChangePreferences() {
  const onSuccess = useStored();
  return useMutation({
    mutationFn: (body: Schemas["Change"]) => answer(api.POST("/api/settings", { body })),
    onSuccess,
  });
}

export function useSaveToken() {
  const stored = useStored();
  const afresh = useHubAfresh();
  return useMutation({
    mutationFn: (token: string) => answer(api.PUT("/api/settings/huggingface/token", { body: { token } })),
    // The token must not stay in the memory of finished requests.
    gcTime: 0,
    onSuccess: (preferences) => {
      stored(preferences);
      afresh();
    },
  });
}

export function useForgetToken() {
  const stored = useStored();
  const afresh = useHubAfresh();
  return useMutation({
    mutationFn: () => answer(api.DELETE("/api/settings/huggingface/token")),
    onSuccess: (preferences) => {
      stored(preferences);
      afresh();
    },
  });
}

export function useValidateToken() {
  return useMutation({ mutationFn: () => answer(api.PUT("/api/settings/huggingface/validate")) });
}

/** To another account the Hub shows other models. */
function useHubAfresh() {
  const client = useQueryClient();
  return () => client.removeQueries({ queryKey: sourceKeys.all });
}
