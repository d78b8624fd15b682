/** A model's card without the block of YAML at its top, which the page tells in its own way. */
export function withoutFrontMatter(card: string): string {
  return card.replace(/^\uFEFF?---[ \t]*\r?\n[\s\S]*?\r?\n---[ \t]*(?:\r?\n|$)/, "").trim();
}
