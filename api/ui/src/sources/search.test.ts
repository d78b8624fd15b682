import { expect, test } from "vitest";
import { isAsked, readSearch } from "./search";

test("an address is read as far as it makes sense", () => {
  expect(readSearch({ q: "  mms ", type: "tts", sort: "likes", persian: true })).toEqual({
    q: "mms",
    type: "tts",
    sort: "likes",
    persian: true,
  });
  expect(readSearch({ q: " ", type: "other", sort: "random", persian: "yes", more: 1 })).toEqual({});
  expect(readSearch({ q: 2024 })).toEqual({ q: "2024" });
  expect(readSearch({ q: ["a"] })).toEqual({});
  expect(readSearch({ q: "x".repeat(500) }).q).toHaveLength(200);
});

test("Persian is looked for in a kind that the server knows Persian of", () => {
  expect(readSearch({ persian: true })).toEqual({ type: "tts", persian: true });
  expect(readSearch({ persian: true, type: "embedding" })).toEqual({ type: "tts", persian: true });
  expect(readSearch({ persian: true, type: "llm" })).toEqual({ type: "llm", persian: true });
});

test("nothing asked shows the catalogue", () => {
  expect(isAsked(readSearch({}))).toBe(false);
  expect(isAsked(readSearch({ sort: "likes" }))).toBe(true);
});
