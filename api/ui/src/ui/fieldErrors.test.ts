import { expect, test } from "vitest";
import { Problem } from "../api/problem";
import { fieldSentences } from "./fieldErrors";

const refused = Problem.from(422, {
  detail: "two fields",
  errors: [
    { pointer: "/epochs", detail: "too many", code: "tooManyEpochs", params: { done: 9, max: 10 } },
    { pointer: "/optimizer", detail: "unknown", code: "invalid" },
  ],
});

test("the fields of a form are told by the code of their refusal, and no others", () => {
  const tell = (refusal: unknown) => JSON.stringify(refusal);
  const sentences = fieldSentences(refused, ["epochs", "learningRate"], tell);
  expect(Object.keys(sentences)).toEqual(["epochs"]);
  expect(sentences.epochs).toContain("tooManyEpochs");
});

test("a problem without fields has no sentences", () => {
  const tell = () => "refused";
  expect(fieldSentences(undefined, ["epochs"], tell)).toEqual({});
  expect(fieldSentences(Problem.unreachable(), ["epochs"], tell)).toEqual({});
  expect(fieldSentences(Problem.from(409, { detail: "not now" }), ["epochs"], tell)).toEqual({});
});
