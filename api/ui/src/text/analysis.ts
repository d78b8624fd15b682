import { keepPreviousData, type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../api/client";
import { limits } from "../api/limits";
import { asProblem } from "../api/problem";
import type { DroppedSummary, DroppedItem } from "../ui/dropped";

export type Analysis = Schemas["TextAnalysis"];
export type ReadSentence = Schemas["ReadSentence"];
export type ReadToken = Schemas["ReadToken"];
export type Dropped = Schemas["DroppedText"];
export type TextMode = Schemas["TextMode"];

/** In Unicode code points, as the server counts. */
export const MAX_TEXT_LENGTH = limits.analyzeText.text.maxLength;

/** A text changes with every letter, and nobody comes back to the states in between. */
const CACHE_TIME_MS = 30_000;
const MAX_RETRIES = 3;

const analysisKey = ["text-analysis"] as const;

export function codePoints(text: string): number {
  return Array.from(text).length;
}

/** Without its language files, the server reads texts by characters only. */
export function isLanguageMissing(error: unknown): boolean {
  const { details } = asProblem(error);
  return (
    typeof details === "object" && details !== null && "code" in details && details.code === "languageFilesMissing"
  );
}

/** The analysis before stays in place until this one has come. */
export const analysisQuery = (text: string, mode: TextMode) =>
  queryOptions({
    queryKey: [...analysisKey, mode, text],
    queryFn: ({ signal }) => unwrap(api.GET("/api/text/analyze", { params: { query: { text, mode } }, signal })),
    enabled: text.trim() !== "" && codePoints(text) <= MAX_TEXT_LENGTH,
    placeholderData: keepPreviousData,
    gcTime: CACHE_TIME_MS,
    retry: (failures, error) => {
      const { status } = asProblem(error);
      return failures < MAX_RETRIES && !isLanguageMissing(error) && (status === 0 || status === 429 || status >= 500);
    },
  });

/** A word that shows whether the server reads phonemes. */
const PROBE = "سلام";

export function useIsLanguageMissing(): boolean {
  return isLanguageMissing(useQuery(analysisQuery(PROBE, "phonemes")).error);
}

/** To be called when the dictionary has changed. */
export function invalidateAnalyses(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: analysisKey });
}

/** A spoken word with the punctuation that touches it. */
export interface SpokenWord {
  token: ReadToken;
  before: string;
  after: string;
}

/** Words that were made of one piece of the text: one that was written, or all those of a number, a date or a sign. */
export interface Expression {
  /** What of the text its words say; undefined for a word that was written. */
  original: string | undefined;
  words: SpokenWord[];
}

/** What {@link expressionsOf} needs of a sentence. */
export type SpokenSentence = Pick<ReadSentence, "tokens" | "original" | "span">;

function isWord(token: ReadToken): boolean {
  return token.phonemes != null || /[\p{L}\p{N}]/u.test(token.text);
}

function start(token: ReadToken | undefined): number {
  return token?.span[0] ?? NaN;
}

function end(token: ReadToken | undefined): number {
  return token?.span[1] ?? NaN;
}

/** The words of a sentence. Punctuation belongs to the word before it, unless it touches only the word behind it. */
export function wordsOf(tokens: readonly ReadToken[]): SpokenWord[] {
  const words: SpokenWord[] = [];
  let before = "";
  tokens.forEach((token, index) => {
    const last = words.at(-1);
    if (isWord(token)) {
      words.push({ token, before, after: "" });
      before = "";
      return;
    }
    const touchesNext = end(token) === start(tokens[index + 1]);
    const touchesPrevious = start(token) === end(tokens[index - 1]);
    if (last === undefined || before !== "" || (touchesNext && !touchesPrevious)) before += token.text;
    else last.after += token.text;
  });
  const last = words.at(-1);
  if (last !== undefined) last.after += before;
  return words;
}

/** Groups the words of a sentence by the piece of the text that they say. */
export function expressionsOf({ tokens, original, span }: SpokenSentence): Expression[] {
  const characters = Array.from(original);
  const offset = span[0] ?? 0;
  const expressions: Expression[] = [];
  let previous: ReadToken | undefined;
  for (const word of wordsOf(tokens)) {
    const { token } = word;
    const isSame =
      previous !== undefined &&
      !previous.written &&
      !token.written &&
      start(previous) === start(token) &&
      end(previous) === end(token);
    if (isSame) expressions.at(-1)?.words.push(word);
    else {
      const piece = characters.slice(start(token) - offset, end(token) - offset).join("");
      expressions.push({ original: token.written ? undefined : piece, words: [word] });
    }
    previous = token;
  }
  return expressions;
}

/** What isn't spoken, each thing once with how often it occurs, in the order of the text. It is all in view, so no lines. */
export function countDropped(dropped: readonly Dropped[]): DroppedSummary {
  const items = new Map<string, DroppedItem>();
  for (const { text, reason } of dropped) {
    const key = `${reason} ${text}`;
    const known = items.get(key);
    if (known === undefined) items.set(key, { text, reason, count: 1, lines: [] });
    else known.count += 1;
  }
  return { count: dropped.length, items: [...items.values()] };
}
