import { limits } from "../api/limits";

/** What a person looks for, as the page's address holds it. What is missing is as it is at first. */
export interface Search {
  q?: string;
  type?: SearchedKind;
  sort?: SortBy;
  persian?: true;
}

export const SEARCHED_KINDS = ["tts", "stt", "llm", "embedding", "classification"] as const;
export type SearchedKind = (typeof SEARCHED_KINDS)[number];

/** The kinds for which the server knows how to look for Persian. */
export const PERSIAN_KINDS = ["tts", "stt", "llm"] as const;
export type PersianKind = (typeof PERSIAN_KINDS)[number];

export const SORTS = limits.searchModels.sort.values;
export type SortBy = (typeof SORTS)[number];

const LONGEST_QUESTION = limits.searchModels.q.maxLength;

export function isPersianKind(kind: SearchedKind | undefined): kind is PersianKind {
  return PERSIAN_KINDS.some((known) => known === kind);
}

/** Reads an address, which anybody may have written. Looking for Persian models needs a kind: speech, unless told. */
export function readSearch(address: Record<string, unknown>): Search {
  // An address of digits only is read as a number by the router.
  const q = ["string", "number", "boolean"].includes(typeof address.q) ? String(address.q).trim() : "";
  const type = SEARCHED_KINDS.find((kind) => kind === address.type);
  const sort = SORTS.find((known) => known === address.sort);
  const persian = address.persian === true;
  const kind = persian && !isPersianKind(type) ? "tts" : type;
  return {
    ...(q !== "" && { q: q.slice(0, LONGEST_QUESTION) }),
    ...(kind && { type: kind }),
    ...(sort && { sort }),
    ...(persian && { persian }),
  };
}

/** Whether anything is looked for; where not, the Persian catalogue is shown. */
export function isAsked(search: Search): boolean {
  return Object.keys(search).length > 0;
}
