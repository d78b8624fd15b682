import { expect, test } from "vitest";
import { hasMoreLines, shownText, unlistedCount, type DroppedItem } from "./dropped";

test("characters that can't be seen are named by their numbers", () => {
  expect(shownText({ text: "\u200b", reason: "invisible" })).toBe("U+200B");
  expect(shownText({ text: "\u00a0", reason: "vocabulary" })).toBe("U+00A0");
  expect(shownText({ text: "😀", reason: "emoji" })).toBe("😀");
});

test("lines are left open only where the server stopped naming them", () => {
  const lines = Array.from({ length: 20 }, (_, index) => index + 1);
  expect(hasMoreLines({ lines, count: 21 })).toBe(true);
  expect(hasMoreLines({ lines, count: 20 })).toBe(false);
  expect(hasMoreLines({ lines: [3], count: 21 })).toBe(false);
});

test("what the list leaves out is counted", () => {
  const items: DroppedItem[] = [{ text: "*", reason: "symbol", count: 3, lines: [1] }];
  expect(unlistedCount({ count: 5, items })).toBe(2);
  expect(unlistedCount({ count: 3, items })).toBe(0);
});
