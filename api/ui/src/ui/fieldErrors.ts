import type { Problem } from "../api/problem";

/** The messages of the fields that the API refused, by name: for a form's `validationErrors`. */
export function fieldErrors(problem: Problem | undefined, messages: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(messages).filter(([name]) => problem?.fields.has(name)));
}
