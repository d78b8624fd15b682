import type { ReadToken } from "./analysis";

/** How words are marked, in sentences and in the legend. */
export const MARKS = {
  ezafe: "text-accent-ink font-bold",
  expression: "bg-sunken",
  guessed: "underline decoration-warning decoration-dotted decoration-2 underline-offset-[0.55rem]",
  dictionary: "underline decoration-good decoration-2 underline-offset-[0.55rem]",
  unreadable: "line-through decoration-danger",
} as const;

export function markOf(source: ReadToken["source"]): string {
  if (source === "guessed" || source === "dictionary" || source === "unreadable") return MARKS[source];
  return "";
}
