import type { Schemas } from "../api/client";

/** One frame of the socket. `id` grows from event to event; `at` is the database's clock. */
export type LiveEvent = Schemas["Event"];

/** What every event tells, by its name. */
export type Events = { [Name in LiveEvent["event"]]: Extract<LiveEvent, { event: Name }>["data"] };

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
