import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { Schemas } from "../api/client";
import { asProblem } from "../api/problem";
import { type Model, modelsQuery } from "../models/models";
import { type Voice, voiceQuery, voicesQuery } from "../voices/voices";

/** What a training can begin from. */
export interface Bases {
  voices: readonly Voice[];
  models: readonly Model[];
}

export type Base = { kind: "voice"; voice: Voice } | { kind: "model"; model: Model };

/** The user's newest voices, with the one that was requested, and the installed models that can be trained. */
export function useBases(requestedVoiceId: string | undefined) {
  const voices = useInfiniteQuery(voicesQuery);
  const models = useQuery(modelsQuery);
  const requested = useQuery({ ...voiceQuery(requestedVoiceId ?? ""), enabled: requestedVoiceId !== undefined });
  // The form opens without a voice that was deleted.
  const isGone = requested.isError && asProblem(requested.error).status === 404;
  const isPending = requestedVoiceId !== undefined && requested.isPending;
  return {
    error: voices.error ?? models.error ?? (isGone ? null : requested.error),
    data: voices.data &&
      models.data &&
      !isPending && {
        voices: withRequested(voices.data, requested.data),
        models: models.data.filter(({ trainable }) => trainable),
      },
    refetch: () =>
      Promise.all([
        voices.refetch(),
        models.refetch(),
        ...(requestedVoiceId === undefined ? [] : [requested.refetch()]),
      ]),
  };
}

/** The list has only the newest ones. */
export function withRequested<R extends { id: string }>(rows: readonly R[], requested: R | undefined): readonly R[] {
  return requested === undefined || rows.some(({ id }) => id === requested.id) ? rows : [requested, ...rows];
}

export function findBase({ voices, models }: Bases, baseId: string | undefined): Base | undefined {
  const voice = voices.find(({ id }) => id === baseId);
  if (voice) return { kind: "voice", voice };
  const model = models.find(({ id }) => id === baseId);
  return model && { kind: "model", model };
}

/** The model whose license applies to the new voice; undefined if no model had a part in the base. */
export function licensedModel(base: Base): Pick<Schemas["BaseModel"], "licence"> | undefined {
  return base.kind === "model" ? base.model : (base.voice.base ?? undefined);
}

/** A base has its own network. */
export function baseRequest(base: Base | undefined, preset: Schemas["Preset"]): Partial<Schemas["NewTraining"]> {
  switch (base?.kind) {
    case undefined:
      return { preset };
    case "voice":
      return { baseVoiceId: base.voice.id };
    case "model":
      return { baseModelId: base.model.id };
  }
}
