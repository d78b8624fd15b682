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

export function JobBadge({ status, labels }: { status: JobState; labels: Record<JobState, string> }) {
  return (
    <Badge tone={TONES[status]} busy={status === "running"}>
      {labels[status]}
    </Badge>
  );
}
