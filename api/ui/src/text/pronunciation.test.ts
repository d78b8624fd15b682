import { expect, test } from "vitest";
import {
  dictionaryWord,
  inlinePhonemes,
  isPhonemes,
  splitEzafe,
  splitEzafeSign,
  withoutLastPhoneme,
  withoutSigns,
} from "./pronunciation";

test("the ezafe is parted from a word as it was added to it", () => {
  for (const [text, phonemes, stem, ezafe] of [
    ["شرکت", "ʃerkate", "ʃerkat", "e"],
    ["جلسهٔ", "ʤalaseje", "ʤalase", "je"],
    ["ملی", "mellije", "melli", "je"],
    ["بازو", "bɑzuje", "bɑzu", "je"],
    ["خانه‌ی", "xɑneje", "xɑne", "je"],
    ["نو", "nowe", "now", "e"],
    ["حد", "hadde", "hadd", "e"],
    ["چای", "ʧɑje", "ʧɑj", "e"],
    ["پی", "peje", "pej", "e"],
  ] as const) {
    expect(splitEzafe({ text, phonemes, ezafe: true }), text).toEqual({ stem, ezafe });
  }
});

test("a word without ezafe keeps its end, and a written kasra is an ezafe", () => {
  expect(splitEzafe({ text: "خانه", phonemes: "xɑne", ezafe: false })).toEqual({ stem: "xɑne", ezafe: "" });
  expect(splitEzafe({ text: "مردادِ", phonemes: "mordɑde", ezafe: false })).toEqual({ stem: "mordɑd", ezafe: "e" });
});

test("a word stands in the dictionary without the sign of its ezafe", () => {
  expect(dictionaryWord("جلسهٔ")).toBe("جلسه");
  expect(dictionaryWord("مردادِ")).toBe("مرداد");
  expect(dictionaryWord("کِتاب")).toBe("کِتاب");
  expect(withoutSigns("کِتاب")).toBe("کتاب");
});

test("the sign of an ezafe is shown, whether it was written or not", () => {
  expect(splitEzafeSign("شرکت", "e")).toEqual({ letters: "شرکت", sign: "\u0650" });
  expect(splitEzafeSign("راه", "e")).toEqual({ letters: "راه", sign: "\u0650" });
  expect(splitEzafeSign("نقطه", "je")).toEqual({ letters: "نقطه", sign: "\u0654" });
  expect(splitEzafeSign("جلسهٔ", "je")).toEqual({ letters: "جلسه", sign: "\u0654" });
});

test("what can be spoken as phonemes is told from what can't", () => {
  for (const text of ["ʃab", " ʃab ", "gol", "a\u0302b", "âb", "t͡ʃe", "bot.ʃekan"])
    expect(isPhonemes(text), text).toBe(true);
  for (const text of ["", "  ", ".", "sälam", "شب", "ʃab]]"]) expect(isPhonemes(text), text).toBe(false);
  expect(inlinePhonemes(" ʃab ")).toBe("[[ʃab]]");
});

test("the last phoneme is removed whole", () => {
  expect(withoutLastPhoneme("kuʧ")).toBe("ku");
  expect(withoutLastPhoneme("ku")).toBe("k");
  expect(withoutLastPhoneme("kuY")).toBe("ku");
  expect(withoutLastPhoneme("")).toBe("");
});
