import { expect, test } from "vitest";
import { ownFirst, speakerOf } from "./voices";

test("the user's own voices come before the shipped one, the newest first as the server has them", () => {
  const shipped = { id: "shipped", shipped: true };
  const [newer, older] = [
    { id: "newer", shipped: false },
    { id: "older", shipped: false },
  ];
  expect(ownFirst([newer, shipped, older])).toEqual([newer, older, shipped]);
  expect(ownFirst([shipped])).toEqual([shipped]);
});

test("the first of several speakers speaks, unless another was asked to", () => {
  const voice = { speakers: ["سارا", "Omid"] };
  expect(speakerOf(voice, undefined)).toBe("سارا");
  expect(speakerOf(voice, null)).toBe("سارا");
  expect(speakerOf(voice, "Omid")).toBe("Omid");
});

test("the speaker of a voice that has only one needs no name", () => {
  expect(speakerOf({ speakers: [] }, undefined)).toBeUndefined();
});
