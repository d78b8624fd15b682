import type { Schemas } from "../api/client";

export type DroppedSummary = Schemas["DroppedSummary"];
export type DroppedItem = Schemas["DroppedItem"];
export type DroppedReason = DroppedItem["reason"];

/** The server names no more lines of one thing. */
const MAX_LINES = 20;

/** Of these nothing is to be seen on a screen. */
const UNSEEN: readonly DroppedReason[] = ["control", "invisible", "mark"];

/** What is shown for something that isn't spoken: the numbers of characters that can't be seen alone. */
export function shownText({ text, reason }: Pick<DroppedItem, "text" | "reason">): string {
  const isSeen = !UNSEEN.includes(reason) && text.trim() !== "";
  if (isSeen) return text;
  return Array.from(text)
    .map((character) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`)
    .join(" ");
}

/** Whether something may occur on more lines than are named. */
export function hasMoreLines({ lines, count }: Pick<DroppedItem, "lines" | "count">): boolean {
  return lines.length >= MAX_LINES && count > lines.length;
}

/** How often something isn't spoken that has no place in the list any more. */
export function unlistedCount({ count, items }: DroppedSummary): number {
  return Math.max(0, count - items.reduce((sum, item) => sum + item.count, 0));
}
