import type { Dictionary } from "../i18n/fa";

/** The Hub's name of a task in the reader's words, where we have some. */
export function taskName(tag: string, t: Dictionary): string {
  const names: Record<string, string> = t.sources.tasks;
  return Object.hasOwn(names, tag) ? (names[tag] ?? tag) : tag;
}
