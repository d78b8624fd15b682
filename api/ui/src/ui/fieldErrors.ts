import type { Problem } from "../api/problem";

/** The messages of the fields that the API refused, by name: for a form's `validationErrors`. */
export function fieldErrors(problem: Problem | undefined, messages: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(messages).filter(([name]) => problem?.fields.has(name)));
}

/** A value that the API refused, with the code of the reason. */
export interface FieldRefusal {
  /** JSON pointer of the field. */
  pointer: string;
  /** The reason in the server's own words. */
  detail: string;
}

export function fieldRefusals({ details }: Problem): FieldRefusal[] {
  if (typeof details !== "object" || details === null || !("errors" in details)) return [];
  const { errors } = details as { errors?: FieldRefusal[] | null };
  return errors ?? [];
}

/** The same as {@link fieldErrors} for the fields of these names, told by the codes of the reasons. */
export function fieldSentences(
  problem: Problem | undefined,
  names: readonly string[],
  tell: (refusal: FieldRefusal) => string,
): Record<string, string> {
  const refusals = problem === undefined ? [] : fieldRefusals(problem);
  const named = refusals.map((refusal) => [refusal.pointer.replace(/^\//, ""), tell(refusal)] as const);
  return Object.fromEntries(named.filter(([name]) => names.includes(name)));
}
