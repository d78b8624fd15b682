import { expect, test } from "vitest";
import { isSearch, parseSearch } from "./search";

test("an address is parsed, and invalid parts of it are ignored", () => {
  expect(parseSearch({ q: "  mms ", type: "tts", sort: "likes", persian: true })).toEqual({
    q: "mms",
    type: "tts",
    sort: "likes",
    persian: true,
  });
  expect(parseSearch({ q: " ", type: "other", sort: "random", persian: "yes", more: 1 })).toEqual({});
  expect(parseSearch({ q: 2024 })).toEqual({ q: "2024" });
  expect(parseSearch({ q: ["a"] })).toEqual({});
  expect(parseSearch({ q: "x".repeat(500) }).q).toHaveLength(200);
});

test("a Persian search always has a kind that the server supports", () => {
  expect(parseSearch({ persian: true })).toEqual({ type: "tts", persian: true });
  expect(parseSearch({ persian: true, type: "embedding" })).toEqual({ type: "tts", persian: true });
  expect(parseSearch({ persian: true, type: "llm" })).toEqual({ type: "llm", persian: true });
});

test("an empty search shows the catalog", () => {
  expect(isSearch(parseSearch({}))).toBe(false);
  expect(isSearch(parseSearch({ sort: "likes" }))).toBe(true);
});
