/** Stands for a value that did not come. */
export const MISSING = "…";

const FIRST_STRONG_ISOLATE = "\u2068";
const POP_DIRECTIONAL_ISOLATE = "\u2069";

/**
 * A name inside a sentence: it is read in its own direction and leaves the sentence's alone. Marks of its own that change
 * the direction, and control characters, are dropped: names of uploaded files may have any.
 */
export function isolate(name: unknown): string {
  if (typeof name !== "string") return MISSING;
  const shown = name.replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "");
  return FIRST_STRONG_ISOLATE + shown + POP_DIRECTIONAL_ISOLATE;
}

/** Several names, each for itself. */
export function isolateAll(names: unknown, separator: string): string {
  return Array.isArray(names) ? names.map(isolate).join(separator) : MISSING;
}
