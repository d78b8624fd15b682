/** Removes the YAML front matter, whose content the page shows elsewhere. */
export function withoutFrontMatter(card: string): string {
  return card.replace(/^\uFEFF?---[ \t]*\r?\n[\s\S]*?\r?\n---[ \t]*(?:\r?\n|$)/, "").trim();
}
