import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { Schemas } from "../api/client";
import { asProblem } from "../api/problem";
import { type Model, modelsQuery } from "../models/models";
import { useIsLanguageMissing } from "../text/analysis";
import { type Voice, voiceQuery, voicesQuery } from "../voices/voices";

/** What a training can begin from. */
export interface Bases {
  /** The voice that is shipped with Avagar, where the server has it and can use it. */
  shipped: Voice | undefined;
  /** The user's own. */
  voices: readonly Voice[];
  models: readonly Model[];
}

export type Base = { kind: "voice"; voice: Voice } | { kind: "model"; model: Model };

/**
 * The shipped voice, the user's newest ones with the one that was requested, and the installed models that can be
 * trained.
 */
export function useBases(requestedVoiceId: string | undefined) {
  const voices = useInfiniteQuery(voicesQuery);
  const models = useQuery(modelsQuery);
  const isLanguageMissing = useIsLanguageMissing();
  const requested = useQuery({ ...voiceQuery(requestedVoiceId ?? ""), enabled: requestedVoiceId !== undefined });
  // The form opens without a voice that was deleted.
  const isGone = requested.isError && asProblem(requested.error).status === 404;
  const isPending = requestedVoiceId !== undefined && requested.isPending;
  return {
    error: voices.error ?? models.error ?? (isGone ? null : requested.error),
    data:
      voices.data &&
      models.data &&
      !isPending &&
      basesOf(withRequested(voices.data, requested.data), models.data, isLanguageMissing),
    refetch: () =>
      Promise.all([
        voices.refetch(),
        models.refetch(),
        ...(requestedVoiceId === undefined ? [] : [requested.refetch()]),
      ]),
  };
}

/** The shipped voice reads phonemes, which a server without its language files can't. */
export function basesOf(voices: readonly Voice[], models: readonly Model[], isLanguageMissing: boolean): Bases {
  return {
    shipped: isLanguageMissing ? undefined : voices.find(({ shipped }) => shipped),
    voices: voices.filter(({ shipped }) => !shipped),
    models: models.filter(({ trainable }) => trainable),
  };
}

/** The list has only the newest ones. */
export function withRequested<R extends { id: string }>(rows: readonly R[], requested: R | undefined): readonly R[] {
  return requested === undefined || rows.some(({ id }) => id === requested.id) ? rows : [requested, ...rows];
}

/** The base that was chosen, null for none; without a choice, or where it isn't there, the shipped voice. */
export function chosenBase({ shipped, voices, models }: Bases, chosen: string | null | undefined): Base | undefined {
  if (chosen === null) return undefined;
  const model = models.find(({ id }) => id === chosen);
  if (model) return { kind: "model", model };
  const voice = voices.find(({ id }) => id === chosen) ?? shipped;
  return voice && { kind: "voice", voice };
}

/** The model whose license applies to the new voice; undefined if no model had a part in the base. */
export function licensedModel(base: Base): Pick<Schemas["BaseModel"], "licence"> | undefined {
  return base.kind === "model" ? base.model : (base.voice.base ?? undefined);
}

/** A base has its own network. Null is no base; without it, the server would begin from the shipped voice. */
export function baseRequest(base: Base | undefined, preset: Schemas["Preset"]): Partial<Schemas["NewTraining"]> {
  switch (base?.kind) {
    case undefined:
      return { baseModelId: null, preset };
    case "voice":
      return { baseVoiceId: base.voice.id };
    case "model":
      return { baseModelId: base.model.id };
  }
}
