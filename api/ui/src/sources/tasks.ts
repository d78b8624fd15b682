import type { Dictionary } from "../i18n/fa";

/** The name of a task of the Hub in the page's language, or its tag if it has none. */
export function taskName(tag: string, t: Dictionary): string {
  const names: Record<string, string> = t.sources.tasks;
  return Object.hasOwn(names, tag) ? (names[tag] ?? tag) : tag;
}
