/** The phonemes with a word in which each occurs, vowels first. */
export const INVENTORY = [
  ["a", "دست"],
  ["ɑ", "آب"],
  ["e", "خانه"],
  ["o", "پل"],
  ["i", "این"],
  ["u", "او"],
  ["b", "باد"],
  ["p", "پدر"],
  ["t", "تو"],
  ["d", "در"],
  ["k", "کار"],
  ["ɡ", "گل"],
  ["ʔ", "ساعت"],
  ["ʧ", "چای"],
  ["ʤ", "جان"],
  ["f", "فردا"],
  ["v", "وقت"],
  ["s", "سال"],
  ["z", "زن"],
  ["ʃ", "شب"],
  ["ʒ", "ژاله"],
  ["x", "خوب"],
  ["q", "قلم"],
  ["m", "ماه"],
  ["n", "نان"],
  ["l", "لب"],
  ["r", "روز"],
  ["h", "هوا"],
  ["j", "یک"],
  ["w", "دولت"],
] as const;

const SYMBOLS: ReadonlySet<string> = new Set(INVENTORY.map(([symbol]) => symbol));
/** What the server reads besides the symbols: other ways to type them, the tie bar of t͡ʃ and what parts t from ʃ. */
const ALIASES: ReadonlySet<string> = new Set(["g", "â", "ɾ", "ɢ", "\u0361", "."]);

/** Whether a pronunciation can be spoken: the server reads every character of it, and one at least has a sound. */
export function isPhonemes(text: string): boolean {
  const characters = Array.from(text.trim().normalize("NFC"));
  return (
    characters.some((character) => SYMBOLS.has(character)) &&
    characters.every((character) => SYMBOLS.has(character) || ALIASES.has(character))
  );
}

/** Phonemes as they stand in a text, to be spoken as they are. */
export function inlinePhonemes(phonemes: string): string {
  return `[[${phonemes.trim()}]]`;
}

const KASRA = "\u0650";
const HAMZA_ABOVE = "\u0654";
const FINAL_EZAFE = new RegExp(`[${KASRA}${HAMZA_ABOVE}]$`, "u");
/** Vowel signs, tashdid, small alef and hamza above. */
const SIGNS = /[\u064b-\u0652\u0654\u0670]/gu;
const VOWEL = "[aɑeoiu]";
/** A letter that is only the ezafe of a silent h: خانه‌ی. */
const EZAFE_LETTER = "ه\u200cی";

/** A word as it stands in the dictionary: without the sign of its ezafe. */
export function dictionaryWord(text: string): string {
  return text.replace(FINAL_EZAFE, "");
}

/** A word without any signs, under which the server finds it too. */
export function withoutSigns(word: string): string {
  return word.replace(SIGNS, "");
}

/** Whether a word is spoken with an ezafe. What the writer spelled is one too. */
export function hasEzafe({ text, ezafe }: { text: string; ezafe: boolean }): boolean {
  return ezafe || FINAL_EZAFE.test(text);
}

/** The phonemes of a word, and those of its ezafe behind them. */
export interface Pronunciation {
  stem: string;
  ezafe: string;
}

/**
 * Parts a word's phonemes from those of its ezafe: `e` after a consonant, `je` after a vowel. The last letter of چای is a
 * sound of the word, as for all that shows is that of صدای.
 */
export function splitEzafe({
  text,
  phonemes,
  ezafe,
}: {
  text: string;
  phonemes: string;
  ezafe: boolean;
}): Pronunciation {
  if (!hasEzafe({ text, ezafe })) return { stem: phonemes, ezafe: "" };
  const letters = withoutSigns(text);
  const hasOwnJ = letters.endsWith("ی") && !letters.endsWith(EZAFE_LETTER) && !phonemes.endsWith("ije");
  const ending = !hasOwnJ && new RegExp(`${VOWEL}je$`, "u").test(phonemes) ? "je" : "e";
  if (!phonemes.endsWith(ending)) return { stem: phonemes, ezafe: "" };
  return { stem: phonemes.slice(0, -ending.length), ezafe: ending };
}

/** A word without the sign of its ezafe, and that sign, whether it was written or not: a hamza above a silent h. */
export function splitEzafeSign(text: string, ezafe: string): { letters: string; sign: string } {
  const letters = dictionaryWord(text);
  const written = text.slice(letters.length);
  if (written !== "") return { letters, sign: written };
  return { letters, sign: letters.endsWith("ه") && ezafe === "je" ? HAMZA_ABOVE : KASRA };
}

/** Removes the last phoneme, which may be more than one character. */
export function withoutLastPhoneme(phonemes: string): string {
  const symbol = INVENTORY.map(([symbol]) => symbol)
    .filter((symbol) => phonemes.endsWith(symbol))
    .toSorted((a, b) => b.length - a.length)[0];
  return phonemes.slice(0, symbol === undefined ? -1 : -symbol.length);
}
