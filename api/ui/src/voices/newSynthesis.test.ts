import { expect, test } from "vitest";
import { DEFAULT_OPTIONS, type NewSynthesis, toNewSynthesisRequest } from "./newSynthesis";

const filled: NewSynthesis = { text: "سلام", speaker: undefined, options: DEFAULT_OPTIONS };
const several = { speakers: ["سارا", "Omid"] };

test("the speaker that is chosen is sent, and the preselected one as long as nobody else is", () => {
  expect(toNewSynthesisRequest(several, filled).speaker).toBe("سارا");
  expect(toNewSynthesisRequest(several, { ...filled, speaker: "Omid" }).speaker).toBe("Omid");
});

test("a voice that has only one speaker is sent none", () => {
  expect(toNewSynthesisRequest({ speakers: [] }, filled)).toEqual({ text: "سلام", speed: 1, noise: 0.667, seed: 1 });
});

test("a field that is empty is sent as what it stands for", () => {
  const options = { speed: undefined, noise: 0, seed: undefined };
  expect(toNewSynthesisRequest(several, { ...filled, options })).toMatchObject({ speed: 1, noise: 0, seed: 1 });
});
