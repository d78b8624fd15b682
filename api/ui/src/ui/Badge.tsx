import type { ReactNode } from "react";

export type Tone = "calm" | "good" | "warning" | "danger" | "muted";

const TONES: Record<Tone, string> = {
  calm: "bg-accent-soft text-accent-ink",
  good: "bg-good-soft text-good",
  warning: "bg-warning-soft text-warning",
  danger: "bg-danger-soft text-danger",
  muted: "bg-sunken text-muted",
};

export function Badge({ tone, busy = false, children }: { tone: Tone; busy?: boolean; children: ReactNode }) {
  return (
    <span
      className={`inline-flex items-center gap-1.5 rounded-full px-2.5 py-0.5 text-[0.8rem] leading-6 font-medium whitespace-nowrap ${TONES[tone]}`}
    >
      <span className={`size-1.5 rounded-full bg-current ${busy ? "animate-pulse" : ""}`} />
      {children}
    </span>
  );
}
