import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../api/client";
import { useDebounced } from "../text/debounce";

export type Forecast = Schemas["Forecast"];
type Request = Schemas["NewTraining"];

const DELAY_MS = 250;
/** A form changes with every key, and nobody comes back to the states in between. */
const CACHE_TIME_MS = 30_000;

/** The forecast before stays until this one has come. */
const forecastQuery = (request: string | undefined) =>
  queryOptions({
    queryKey: ["training", "forecast", request],
    queryFn: ({ signal }) => unwrap(api.POST("/api/forecast", { body: JSON.parse(request ?? "") as Request, signal })),
    enabled: request !== undefined,
    placeholderData: keepPreviousData,
    gcTime: CACHE_TIME_MS,
  });

/**
 * What is to be expected of a training; undefined without a request, and where the server refuses it: that is told when
 * the training is started.
 */
export function useForecast(request: Request | undefined): Forecast | undefined {
  // Equal requests of two renders are different objects, but the same text.
  const text = request && JSON.stringify(request);
  const { data } = useQuery(forecastQuery(useDebounced(text, DELAY_MS)));
  return text === undefined ? undefined : data;
}

/** An estimate is no more exact than that. */
export function roundedSeconds(seconds: number): number {
  const unit = seconds < 60 ? 10 : seconds < 3_600 ? 60 : seconds < 86_400 ? 600 : 3_600;
  return Math.max(unit, Math.round(seconds / unit) * unit);
}
