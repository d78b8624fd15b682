import { expect, test } from "vitest";
import { ownFirst } from "../voices/voices";
import { preferredVoice } from "./voiceChoice";

const old = { id: "old", text: null };
const characters = { id: "characters", text: "characters" } as const;
const phonemes = { id: "phonemes", text: "phonemes" } as const;

test("the voice that was chosen stays chosen", () => {
  expect(preferredVoice([phonemes, characters], "characters")).toBe(characters);
});

test("a voice that reads phonemes is preferred to newer ones that don't", () => {
  expect(preferredVoice([old, characters, phonemes], null)).toBe(phonemes);
  expect(preferredVoice([characters, phonemes], "gone")).toBe(phonemes);
});

test("without such a voice, the newest is taken", () => {
  expect(preferredVoice([old, characters], null)).toBe(old);
  expect(preferredVoice([], null)).toBeUndefined();
});

test("the shipped voice serves where no voice of the user's own reads phonemes", () => {
  const shipped = { id: "shipped", shipped: true, text: "phonemes" } as const;
  const own = { ...phonemes, shipped: false };
  const ownCharacters = { ...characters, shipped: false };
  expect(preferredVoice(ownFirst([shipped, own]), null)).toBe(own);
  expect(preferredVoice(ownFirst([shipped, ownCharacters]), null)).toBe(shipped);
  expect(preferredVoice(ownFirst([shipped]), null)).toBe(shipped);
});
