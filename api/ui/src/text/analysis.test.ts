import { expect, test } from "vitest";
import { codePoints, countDropped, expressionsOf, type ReadToken, wordsOf } from "./analysis";

const written = (text: string, from: number): ReadToken => ({
  text,
  span: [from, from + codePoints(text)],
  written: true,
  ezafe: false,
  phonemes: "x",
});
const mark = (text: string, from: number): ReadToken => ({
  text,
  span: [from, from + 1],
  written: false,
  ezafe: false,
  phonemes: null,
});
const said = (text: string, span: [number, number]): ReadToken => ({
  text,
  span,
  written: false,
  ezafe: false,
  phonemes: "x",
});

test("punctuation stays with the word that it touches", () => {
  // او رفت (زود).
  const tokens = [written("او", 0), written("رفت", 3), mark("(", 7), written("زود", 8), mark(")", 11), mark(".", 12)];
  expect(wordsOf(tokens).map(({ before, token, after }) => [before, token.text, after])).toEqual([
    ["", "او", ""],
    ["", "رفت", ""],
    ["(", "زود", ")."],
  ]);
});

test("punctuation without a neighbour goes with the word before it, and at the beginning with the next", () => {
  const tokens = [mark("…", 0), mark("–", 2), written("او", 4), mark("–", 7), written("رفت", 9)];
  expect(wordsOf(tokens).map(({ before, token, after }) => before + token.text + after)).toEqual(["…–او–", "رفت"]);
});

test("a sentence of punctuation has no words", () => {
  expect(wordsOf([mark("…", 0), mark("!", 1)])).toEqual([]);
});

test("the words of one date are one expression, with what was written there", () => {
  const original = "در ۱۴۰۳/۰۵/۱۲ آمد";
  const tokens = [written("در", 2), said("دوازدهم", [5, 15]), said("مرداد", [5, 15]), written("آمد", 16)];
  const expressions = expressionsOf({ tokens, original, span: [2, 19] });
  expect(expressions.map(({ original, words }) => [original, words.map(({ token }) => token.text)])).toEqual([
    [undefined, ["در"]],
    ["۱۴۰۳/۰۵/۱۲", ["دوازدهم", "مرداد"]],
    [undefined, ["آمد"]],
  ]);
});

test("two numbers side by side are two expressions", () => {
  const tokens = [said("پنج", [0, 1]), said("شش", [2, 3])];
  const expressions = expressionsOf({ tokens, original: "۵ ۶", span: [0, 3] });
  expect(expressions.map(({ original }) => original)).toEqual(["۵", "۶"]);
});

test("what is dropped is counted by text and reason, in the order of the text", () => {
  const dropped = countDropped([
    { text: "😀", span: [0, 1], reason: "emoji" },
    { text: "漢字", span: [2, 4], reason: "unknownScript" },
    { text: "😀", span: [5, 6], reason: "emoji" },
  ]);
  expect(dropped).toEqual({
    count: 3,
    items: [
      { text: "😀", reason: "emoji", count: 2, lines: [] },
      { text: "漢字", reason: "unknownScript", count: 1, lines: [] },
    ],
  });
});
