import { expect, test } from "vitest";
import { roundedSeconds } from "./forecast";

test("an estimate is rounded to what its length lets expect", () => {
  expect([0, 4, 34, 59].map(roundedSeconds)).toEqual([10, 10, 30, 60]);
  expect([95, 745].map(roundedSeconds)).toEqual([120, 720]);
  expect(roundedSeconds(2 * 3_600 + 17 * 60)).toBe(2 * 3_600 + 20 * 60);
  expect(roundedSeconds(3 * 86_400 + 5_000)).toBe(3 * 86_400 + 3_600);
});
