import { expect, test } from "vitest";
import type { Model } from "../models/models";
import type { Voice } from "../voices/voices";
import { baseRequest, findBase, licensedModel, withRequested } from "./base";

const model = { id: "m", licence: "mit" } as Model;
const voice = { id: "v" } as Voice;
const bases = { voices: [voice], models: [model] };

test("a base is found by its id among voices and models", () => {
  expect(findBase(bases, "v")).toEqual({ kind: "voice", voice });
  expect(findBase(bases, "m")).toEqual({ kind: "model", model });
  expect(findBase(bases, "deleted")).toBeUndefined();
  expect(findBase(bases, undefined)).toBeUndefined();
});

test("a training is sent with one base or with the size of its network", () => {
  expect(baseRequest({ kind: "voice", voice }, "small")).toEqual({ baseVoiceId: "v" });
  expect(baseRequest({ kind: "model", model }, "small")).toEqual({ baseModelId: "m" });
  expect(baseRequest(undefined, "small")).toEqual({ preset: "small" });
});

test("the license that applies is the one of the model, or of the model that a voice began from", () => {
  const base = { modelId: "m", repoId: "a/b", commit: "c", licence: "cc-by-nc-4.0" };
  expect(licensedModel({ kind: "model", model })?.licence).toBe("mit");
  expect(licensedModel({ kind: "voice", voice: { ...voice, base } })?.licence).toBe("cc-by-nc-4.0");
  expect(licensedModel({ kind: "voice", voice: { ...voice, base: null } })).toBeUndefined();
});

test("a requested row that the list lacks comes first, and no row comes twice", () => {
  expect(withRequested([{ id: "a" }], { id: "b" })).toEqual([{ id: "b" }, { id: "a" }]);
  expect(withRequested([{ id: "a" }, { id: "b" }], { id: "b" })).toEqual([{ id: "a" }, { id: "b" }]);
  expect(withRequested([{ id: "a" }], undefined)).toEqual([{ id: "a" }]);
});
