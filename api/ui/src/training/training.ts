import {
  infiniteQueryOptions,
  type QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { unwrap, api, unwrapEmpty, type Schemas } from "../api/client";
import { POLL_INTERVAL_MS } from "../api/query";
import type { Dictionary } from "../i18n/fa";
import type { LiveEvent } from "../live/events";
import type { JobAction } from "../ui/JobActions";
import { voiceKeys } from "../voices/voices";
import { evaluationKeys } from "./evaluations";

export type Training = Schemas["Training"];
export type Checkpoint = Schemas["Checkpoint"];
export type TrainingState = Schemas["JobState"];
export type MetricPoint = Schemas["MetricPoint"];
export type LogLevel = Schemas["LogLevel"];
export type LossName = keyof Schemas["Losses"];

/** Points of history to request: more than a chart has pixels. */
const HISTORY_POINTS = 1_000;

export const trainingKeys = {
  list: ["training", "list"] as const,
  one: (id: string) => ["training", "one", id] as const,
  checkpoints: (id: string) => ["training", "checkpoints", id] as const,
  log: (id: string) => ["training", "log", id] as const,
  curve: (id: string) => ["training", "curve", id] as const,
};

export function networkName({ config }: Training, t: Dictionary): string {
  if (config.preset) return t.training.presets[config.preset].name;
  return config.baseVoice ? t.training.presetOfVoice : t.training.presetOfBase;
}

export function hasEnded(status: TrainingState): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}

/** Whether its learning rate was too high at some time. */
export function hasDiverged({ divergences, errorDetails }: Training): boolean {
  return divergences > 0 || errorDetails?.code === "diverged";
}

/** To try it again at the same learning rate would hardly help. */
export function hasFailedByDiverging({ status, errorDetails }: Pick<Training, "status" | "errorDetails">): boolean {
  return status === "failed" && errorDetails?.code === "diverged";
}

export const trainingsQuery = infiniteQueryOptions({
  queryKey: trainingKeys.list,
  queryFn: ({ pageParam }) =>
    unwrap(api.GET("/api/training", { params: { query: { limit: 20, ...(pageParam && { cursor: pageParam }) } } })),
  initialPageParam: "",
  getNextPageParam: (page) => page.nextCursor ?? undefined,
  select: (data) => data.pages.flatMap((page) => page.items),
  refetchInterval: ({ state }) =>
    state.data?.pages.some((page) => page.items.some((row) => !hasEnded(row.status))) ? POLL_INTERVAL_MS : false,
});

export const trainingQuery = (id: string) =>
  queryOptions({
    queryKey: trainingKeys.one(id),
    queryFn: () => unwrap(api.GET("/api/training/{id}", { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data && hasEnded(state.data.status) ? false : POLL_INTERVAL_MS),
  });

export const checkpointsQuery = (id: string) =>
  queryOptions({
    queryKey: trainingKeys.checkpoints(id),
    queryFn: async () => (await unwrap(api.GET("/api/training/{id}/checkpoints", { params: { path: { id } } }))).items,
  });

export const logQuery = (id: string) =>
  queryOptions({
    queryKey: trainingKeys.log(id),
    queryFn: async () => (await unwrap(api.GET("/api/training/{id}/log", { params: { path: { id } } }))).items,
  });

export async function fetchCurve(id: string, since: number): Promise<MetricPoint[]> {
  const params = { path: { id }, query: { since, points: HISTORY_POINTS } };
  return (await unwrap(api.GET("/api/training/{id}/metrics", { params }))).items;
}

export const curveQuery = (id: string) =>
  queryOptions({
    queryKey: trainingKeys.curve(id),
    queryFn: () => fetchCurve(id, 0),
    // Events keep it current, so it is never stale.
    staleTime: Infinity,
    gcTime: 0,
  });

/** All attempts of one click share a key, so that a repeated request doesn't start a second training. */
function useStarting<Body>(send: (header: { "Idempotency-Key": string }, body: Body) => Promise<Training>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ key, body }: { key: string; body: Body }) => send({ "Idempotency-Key": key }, body),
    onSuccess: (training) => {
      client.setQueryData(trainingKeys.one(training.id), training);
      return client.invalidateQueries({ queryKey: trainingKeys.list });
    },
  });
}

export function useStartTraining() {
  return useStarting((header, body: Schemas["NewTraining"]) =>
    unwrap(api.POST("/api/training", { params: { header }, body })),
  );
}

/** Starts a training that continues one that has ended. */
export function useContinueTraining(id: string) {
  return useStarting((header, body: Schemas["NewContinuation"]) =>
    unwrap(api.POST("/api/training/{id}/continue", { params: { path: { id }, header }, body })),
  );
}

export function useDeleteTraining(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      unwrapEmpty(api.DELETE("/api/training/{id}", { params: { path: { id }, query: { purge: true } } })),
    onSuccess: () => {
      // Voices name their training.
      void client.invalidateQueries({ queryKey: voiceKeys.list });
      return client.invalidateQueries({ queryKey: trainingKeys.list });
    },
  });
}

export function useTrainingAction(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (action: JobAction) => {
      const params = { params: { path: { id } } };
      switch (action) {
        case "pause":
          return unwrap(api.POST("/api/training/{id}/pause", params));
        case "resume":
          return unwrap(api.POST("/api/training/{id}/resume", params));
        case "cancel":
          return unwrap(api.DELETE("/api/training/{id}", params));
      }
    },
    onSuccess: (training) => client.setQueryData(trainingKeys.one(id), training),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: trainingKeys.one(id) }),
        client.invalidateQueries({ queryKey: trainingKeys.list }),
      ]),
  });
}

/** Updates the cached trainings. */
export function applyTrainingEvent(client: QueryClient, { event, data }: LiveEvent): void {
  switch (event) {
    case "training:progress": {
      const change = (training: Training): Training =>
        hasEnded(training.status)
          ? training
          : {
              ...training,
              status: data.status,
              progress: data.progress,
              metrics: lastStep(data) ?? training.metrics ?? null,
            };
      client.setQueryData<Training>(trainingKeys.one(data.trainingId), (training) => training && change(training));
      client.setQueryData(
        trainingsQuery.queryKey,
        (list) =>
          list && {
            ...list,
            pages: list.pages.map((page) => ({
              ...page,
              items: page.items.map((row) => (row.id === data.trainingId ? change(row) : row)),
            })),
          },
      );
      break;
    }
    case "training:checkpoint":
      void client.invalidateQueries({ queryKey: trainingKeys.checkpoints(data.trainingId) });
      break;
    case "training:sample":
      void client.invalidateQueries({ queryKey: evaluationKeys.list(data.trainingId) });
      void client.invalidateQueries({ queryKey: evaluationKeys.samples(data.trainingId) });
      break;
    case "training:log":
      void client.invalidateQueries({ queryKey: trainingKeys.log(data.trainingId) });
      // The training counts it.
      if (data.details?.code === "wentBack") {
        void client.invalidateQueries({ queryKey: trainingKeys.one(data.trainingId) });
      }
      break;
    case "training:complete":
      void client.invalidateQueries({ queryKey: voiceKeys.list });
      void client.invalidateQueries({ queryKey: trainingKeys.curve(data.trainingId) });
      refetch(client, data.trainingId);
      break;
    case "training:paused":
    case "training:cancelled":
    case "training:error":
      refetch(client, data.trainingId);
      break;
  }
}

function refetch(client: QueryClient, id: string): void {
  void client.invalidateQueries({ queryKey: trainingKeys.one(id) });
  void client.invalidateQueries({ queryKey: trainingKeys.list });
}

/** The step of an event; undefined if the event only reports a state. */
export function lastStep(data: Partial<Schemas["StepMetrics"]>): Schemas["StepMetrics"] | undefined {
  const { epoch, step, totalSteps, losses, gradientNorms, learningRate, stepsPerSecond, etaSeconds } = data;
  if (epoch === undefined || step === undefined || totalSteps === undefined || losses === undefined) return undefined;
  return {
    epoch,
    step,
    totalSteps,
    losses,
    gradientNorms: gradientNorms ?? null,
    learningRate: learningRate ?? 0,
    stepsPerSecond: stepsPerSecond ?? 0,
    etaSeconds: etaSeconds ?? 0,
  };
}
