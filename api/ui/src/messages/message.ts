import type { components } from "../api/schema";
import type { Format } from "../i18n/format";
import { MISSING } from "./isolate";

type Schemas = components["schemas"];

/** Why a job failed or waits. */
export type Failure = Schemas["Failure"];
/** A line of a training's log. */
export type LogMessage = Schemas["LogMessage"];
/** Why a clip is left out. */
export type Exclusion = Schemas["Exclusion"];
/** What of a training is likely to disappoint. */
export type TrainingWarning = Schemas["Warning"];
/** Why the state of a row or job does not allow something, or a value does not exist there. */
export type Refusal = Schemas["Conflict"] | Schemas["JobConflict"] | Schemas["InvalidValue"] | Schemas["NotTrainable"];
/** What is wrong with a request or one of its fields. */
export type RequestFault = Schemas["RequestProblem"] | Schemas["FieldProblem"];

/** Everything that workers and the API tell people by code and parameters. */
export type Message =
  | Failure
  | LogMessage
  | Exclusion
  | TrainingWarning
  | Schemas["NotTrainable"]
  | Schemas["ProblemKind"]
  | Schemas["FieldErrorKind"];

type Code = Message["code"];
type Params<C extends Code> = Extract<Message, { code: C }> extends { params: infer P } ? P : undefined;

/** How a language tells each message. */
export type Messages = { [C in Code]: (params: Params<C>, f: Format) => string };

/** The part of them that tells these. */
export type MessagesOf<M extends Message> = Pick<Messages, M["code"]>;

/**
 * What a value `{ code, params }` says, as a job's `errorDetails` or a whole problem document; `undefined` where it is
 * none, or a newer server's code. Whoever asks then shows the server's own words.
 */
export function sentence(messages: Partial<Messages>, details: unknown, f: Format): string | undefined {
  if (!isRecord(details) || typeof details.code !== "string" || !Object.hasOwn(messages, details.code))
    return undefined;
  // Which parameters came with the code is the server's word; what is missing among them is left open below.
  const tell = messages[details.code as Code] as ((params: object, f: Format) => string) | undefined;
  return tell?.(isRecord(details.params) ? details.params : {}, tolerant(f));
}

/** Parameters that no sentence tells: what libraries and systems said, and long lists. */
const TECHNICAL = new Set(["cause", "differences", "tensors", "location", "key", "last"]);

/** Whether the server's English sentence tells more than the page's own. */
export function leavesOut(details: unknown): boolean {
  if (!isRecord(details)) return false;
  return Object.entries(details).some(([name, value]) => TECHNICAL.has(name) || leavesOut(value));
}

/** Leaves a number open that a server of another version didn't send. */
function tolerant(f: Format): Format {
  const known = (value: number, text: () => string) => (Number.isFinite(value) ? text() : MISSING);
  return {
    ...f,
    number: (value, digits) => known(value, () => f.number(value, digits)),
    bytes: (bytes) => known(bytes, () => f.bytes(bytes)),
    duration: (seconds) => known(seconds, () => f.duration(seconds)),
    rate: (value) => known(value, () => f.rate(value)),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
