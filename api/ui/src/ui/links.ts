export type Piece = { text: string; href?: string };

const ADDRESS = /https?:\/\/[^\s«»<>"]+/g;
/** Punctuation at the end of an address belongs to the sentence. */
const TRAILING = /[.,;:!?)\]}'،؛؟]+$/;

/** Splits a sentence into text and its http and https addresses. */
export function splitLinks(sentence: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of sentence.matchAll(ADDRESS)) {
    const address = match[0].replace(TRAILING, "");
    if (!URL.canParse(address)) continue;
    if (match.index > end) pieces.push({ text: sentence.slice(end, match.index) });
    pieces.push({ text: address, href: address });
    end = match.index + address.length;
  }
  if (end < sentence.length) pieces.push({ text: sentence.slice(end) });
  return pieces;
}
