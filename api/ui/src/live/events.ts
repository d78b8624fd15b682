import type { Schemas } from "../api/client";

type Training = { trainingId: string; status: Schemas["JobState"] };
type Dataset = { datasetId: string; status: Schemas["DatasetState"] };
type Download = { downloadId: string; status: Schemas["JobState"] };
type Voice = { voiceId: string; synthesisId: string; status: Schemas["SynthesisState"] };

/** The data of every event, by the event's name. */
export interface Events {
  /** Without metrics until the first step is done. */
  "training:progress": Training & { progress: number } & Partial<Schemas["StepMetrics"]>;
  "training:checkpoint": Training & { checkpointId: string; epoch: number; step: number; loss: number };
  "training:sample": Training & {
    epoch: number;
    step: number;
    losses: Schemas["ValidationLosses"];
    best: boolean;
    sampleIds: string[];
  };
  "training:complete": Training & { voiceId: string };
  "training:error": Training & { message: string; details?: Schemas["Failure"] | null };
  "training:paused": Training;
  "training:cancelled": Training;
  "training:log": Training & { level: Schemas["LogLevel"]; message: string; details?: Schemas["Failure"] | null };
  "dataset:progress": Dataset & { clipsDone: number; clipsTotal: number };
  "dataset:complete": Dataset;
  "dataset:error": Dataset & { message: string; details?: Schemas["Failure"] | null };
  "dataset:cancelled": Dataset;
  "download:progress": Download & {
    progress: number;
    bytesDownloaded: number;
    bytesTotal: number;
    filesDone: number;
    filesTotal: number;
    bytesPerSecond: number | null;
    etaSeconds: number | null;
    currentFile: string | null;
    /** Why it waits, if it does. */
    message: string | null;
    details?: Schemas["Failure"] | null;
  };
  "download:complete": Download & { modelId: string };
  /** In the state `queued` it will be retried. */
  "download:error": Download & { message: string; details?: Schemas["Failure"] | null };
  "download:paused": Download;
  "download:cancelled": Download;
  "voice:complete": Voice & { audioUrl: string; durationSeconds: number };
  "voice:error": Voice & { message: string; details?: Schemas["Failure"] | null };
  /** The page was offline for longer than events are kept: those up to `through` are lost. */
  "events:expired": { through: number };
}

/** One frame of the socket. `id` grows from event to event; `at` is the database's clock. */
export type LiveEvent = {
  [Name in keyof Events]: { id: number; event: Name; data: Events[Name]; at: string };
}[keyof Events];

/** Anything else than a frame is ignored: a newer server may send what this page doesn't know. */
export function parseFrame(text: unknown): LiveEvent | undefined {
  if (typeof text !== "string") return undefined;
  try {
    const frame: unknown = JSON.parse(text);
    return isFrame(frame) ? frame : undefined;
  } catch {
    return undefined;
  }
}

/** Only the envelope is checked. Handlers select events by name, and ignore names they don't know. */
function isFrame(frame: unknown): frame is LiveEvent {
  if (typeof frame !== "object" || frame === null) return false;
  const { id, event, data } = frame as Record<string, unknown>;
  return Number.isSafeInteger(id) && typeof event === "string" && typeof data === "object" && data !== null;
}
