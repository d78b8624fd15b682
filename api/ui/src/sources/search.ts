import { limits } from "../api/limits";

/** A search, as in the page's address; a missing field has its default. */
export interface Search {
  q?: string;
  type?: SearchKind;
  sort?: SortBy;
  persian?: true;
}

export const SEARCH_KINDS = ["tts", "stt", "llm", "embedding", "classification"] as const;
export type SearchKind = (typeof SEARCH_KINDS)[number];

/** The kinds that the server can search for in Persian. */
export const PERSIAN_KINDS = ["tts", "stt", "llm"] as const;
export type PersianKind = (typeof PERSIAN_KINDS)[number];

export const SORTS = limits.searchModels.sort.values;
export type SortBy = (typeof SORTS)[number];

const MAX_QUERY_LENGTH = limits.searchModels.q.maxLength;

export function isPersianKind(kind: SearchKind | undefined): kind is PersianKind {
  return PERSIAN_KINDS.some((known) => known === kind);
}

/** Persian models can only be searched for by kind; the default is speech. */
export function parseSearch(address: Record<string, unknown>): Search {
  // The router parses a query of digits as a number.
  const q = ["string", "number", "boolean"].includes(typeof address.q) ? String(address.q).trim() : "";
  const type = SEARCH_KINDS.find((kind) => kind === address.type);
  const sort = SORTS.find((known) => known === address.sort);
  const persian = address.persian === true;
  const kind = persian && !isPersianKind(type) ? "tts" : type;
  return {
    ...(q !== "" && { q: q.slice(0, MAX_QUERY_LENGTH) }),
    ...(kind && { type: kind }),
    ...(sort && { sort }),
    ...(persian && { persian }),
  };
}

/** Whether anything is searched for; otherwise the Persian catalog is shown. */
export function isSearch(search: Search): boolean {
  return Object.keys(search).length > 0;
}
