import type { Format } from "./format";

/** What the API says beside an English sentence: which sentence it is, and the values in it. */
export interface Details {
  code: string;
  params?: object;
}

type ParamsOf<D extends Details, Code extends D["code"]> = Extract<D, { code: Code }>["params"];

/** The sentences of a language for a union of details. A code without a sentence is a type error. */
export type Sentences<D extends Details> = {
  [Code in D["code"]]: (params: ParamsOf<D, Code>, f: Format) => string;
};

/** Undefined without details, and for codes that this page doesn't know: the server may be newer than it. */
export function sentenceFor<D extends Details>(
  details: D | null | undefined,
  sentences: Sentences<D>,
  f: Format,
): string | undefined {
  if (details == null || !Object.hasOwn(sentences, details.code)) return undefined;
  const sentence: (params: never, f: Format) => string = sentences[details.code as D["code"]];
  return sentence(details.params as never, f);
}
