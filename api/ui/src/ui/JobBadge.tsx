import type { Schemas } from "../api/client";
import { Badge, type Tone } from "./Badge";

type JobState = Schemas["JobState"];

const TONES: Record<JobState, Tone> = {
  queued: "muted",
  running: "calm",
  paused: "warning",
  completed: "good",
  failed: "danger",
  cancelled: "muted",
};

/** Where a job stands, in the words of its kind. */
export function JobBadge({ status, words }: { status: JobState; words: Record<JobState, string> }) {
  return (
    <Badge tone={TONES[status]} busy={status === "running"}>
      {words[status]}
    </Badge>
  );
}
