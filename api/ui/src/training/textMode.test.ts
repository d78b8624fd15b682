import { expect, test } from "vitest";
import type { Model } from "../models/models";
import type { Voice } from "../voices/voices";
import type { Base } from "./base";
import { defaultTextMode } from "./textMode";

const model: Base = { kind: "model", model: { id: "m" } as Model };
const voice = (text: Voice["text"]): Base => ({ kind: "voice", voice: { id: "v", text } as Voice });

test("new voices are taught phonemes, where the server can read them", () => {
  expect(defaultTextMode(undefined, false)).toBe("phonemes");
  expect(defaultTextMode(undefined, true)).toBe("characters");
});

test("voices with a base model are taught the characters that it knows", () => {
  expect(defaultTextMode(model, false)).toBe("characters");
  expect(defaultTextMode(model, true)).toBe("characters");
});

test("voices with a base voice are taught what it was taught, characters if it is older than the choice", () => {
  expect(defaultTextMode(voice("phonemes"), false)).toBe("phonemes");
  expect(defaultTextMode(voice("characters"), false)).toBe("characters");
  expect(defaultTextMode(voice(null), false)).toBe("characters");
});

test("a server without language files still takes a base voice's phonemes for its default", () => {
  expect(defaultTextMode(voice("phonemes"), true)).toBe("phonemes");
});
