/** A piece of a sentence: words, or an address on the web. */
export type Piece = { text: string; href?: string };

const ADDRESS = /https?:\/\/[^\s«»<>"]+/g;
/** Marks that end a sentence or a clause, and not the address before them. */
const TRAILING = /[.,;:!?)\]}'،؛؟]+$/;

/** Finds the addresses in a sentence, so that a person can follow them. Only http and https count. */
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
