import { expect, test } from "vitest";
import type { Model } from "../models/models";
import type { Voice } from "../voices/voices";
import { baseRequest, basesOf, chosenBase, licensedModel, withRequested } from "./base";

const model = { id: "m", licence: "mit", trainable: true } as Model;
const untrainable = { id: "u", trainable: false } as Model;
const voice = { id: "v", shipped: false } as Voice;
const shipped = { id: "s", shipped: true } as Voice;
const bases = basesOf([voice, shipped], [model, untrainable], false);

test("the shipped voice stands apart from the user's own, and only trainable models are bases", () => {
  expect(bases).toEqual({ shipped, voices: [voice], models: [model] });
  expect(basesOf([voice], [], false).shipped).toBeUndefined();
});

test("the base that was chosen is found by its id among voices and models", () => {
  expect(chosenBase(bases, "v")).toEqual({ kind: "voice", voice });
  expect(chosenBase(bases, "s")).toEqual({ kind: "voice", voice: shipped });
  expect(chosenBase(bases, "m")).toEqual({ kind: "model", model });
  expect(chosenBase(bases, null)).toBeUndefined();
});

test("without a choice, and in place of a deleted base, a training begins from the shipped voice", () => {
  expect(chosenBase(bases, undefined)).toEqual({ kind: "voice", voice: shipped });
  expect(chosenBase(bases, "deleted")).toEqual({ kind: "voice", voice: shipped });
  expect(chosenBase(basesOf([voice], [model], false), undefined)).toBeUndefined();
});

test("a server without its language files begins from nothing, because the shipped voice reads phonemes", () => {
  const without = basesOf([voice, shipped], [model], true);
  expect(without).toEqual({ shipped: undefined, voices: [voice], models: [model] });
  expect(chosenBase(without, undefined)).toBeUndefined();
  expect(chosenBase(without, "s")).toBeUndefined();
});

test("a training is sent with one base, or with none in so many words and the size of its network", () => {
  expect(baseRequest({ kind: "voice", voice }, "small")).toEqual({ baseVoiceId: "v" });
  expect(baseRequest({ kind: "model", model }, "small")).toEqual({ baseModelId: "m" });
  expect(baseRequest({ kind: "voice", voice: shipped }, "small")).toEqual({ baseVoiceId: "s" });
  expect(baseRequest(undefined, "small")).toEqual({ baseModelId: null, preset: "small" });
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
