import type { Schemas } from "../api/client";

type Training = { trainingId: string; status: Schemas["JobState"] };
type Dataset = { datasetId: string; status: Schemas["DatasetState"] };
type Download = { downloadId: string; status: Schemas["JobState"] };
type Voice = { voiceId: string; synthesisId: string; status: Schemas["SynthesisState"] };

/** Everything that the server tells, by name. */
export interface Events {
  /** The last step is missing until there is one. */
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
  "training:error": Training & { message: string };
  "training:paused": Training;
  "training:cancelled": Training;
  "training:log": Training & { level: Schemas["LogLevel"]; message: string };
  "dataset:progress": Dataset & { clipsDone: number; clipsTotal: number };
  "dataset:complete": Dataset;
  "dataset:error": Dataset & { message: string };
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
    /** What it waits for, where something is the matter. */
    message: string | null;
  };
  "download:complete": Download & { modelId: string };
  /** With the state `queued` it is tried again. */
  "download:error": Download & { message: string };
  "download:paused": Download;
  "download:cancelled": Download;
  "voice:complete": Voice & { audioUrl: string; durationSeconds: number };
  "voice:error": Voice & { message: string };
  /** The page was away for longer than events are kept; those up to `through` are gone. */
  "events:expired": { through: number };
}

/** One frame of the socket. `id` grows from event to event; `at` is the database's clock. */
export type LiveEvent = {
  [Name in keyof Events]: { id: number; event: Name; data: Events[Name]; at: string };
}[keyof Events];

/** Reads a frame. What isn't one is passed over: a newer server may send what this page doesn't know. */
export function parseFrame(text: unknown): LiveEvent | undefined {
  if (typeof text !== "string") return undefined;
  try {
    const frame: unknown = JSON.parse(text);
    return isFrame(frame) ? frame : undefined;
  } catch {
    return undefined;
  }
}

/** Only the envelope is checked. Whoever handles events does so by name, and skips names it doesn't know. */
function isFrame(frame: unknown): frame is LiveEvent {
  if (typeof frame !== "object" || frame === null) return false;
  const { id, event, data } = frame as Record<string, unknown>;
  return Number.isSafeInteger(id) && typeof event === "string" && typeof data === "object" && data !== null;
}
