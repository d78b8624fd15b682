import { expect, test } from "vitest";
import { defaultTextMode } from "./textMode";

test("new voices are taught phonemes, where the server can read them", () => {
  expect(defaultTextMode(false, false)).toBe("phonemes");
  expect(defaultTextMode(false, true)).toBe("characters");
});

test("voices with a base are taught the characters that it knows", () => {
  expect(defaultTextMode(true, false)).toBe("characters");
  expect(defaultTextMode(true, true)).toBe("characters");
});
