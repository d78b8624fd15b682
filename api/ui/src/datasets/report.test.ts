import { expect, test } from "vitest";
import { en } from "../i18n/en";
import { createFormat } from "../i18n/format";
import { reportFacts, droppedOf } from "./report";

const facts = (report: unknown) => reportFacts(report, en, createFormat("en"));

test("the lines of a report that this page knows are shown", () => {
  expect(facts({ clips: 4, withPhonemes: 2, brandNew: 7 })).toEqual([
    ["All clips", "4"],
    ["With phonemes", "2"],
  ]);
  expect(facts(null)).toEqual([]);
});

test("what isn't spoken is taken from the report, without what is no item", () => {
  const item = { text: "漢字", reason: "unknownScript", count: 2, lines: [3, 7] };
  expect(droppedOf({ dropped: { count: 3, items: [item, null, { text: "x" }] } })).toEqual({
    count: 3,
    items: [item],
  });
});

test("older datasets don't say what isn't spoken", () => {
  for (const report of [null, {}, { dropped: null }, { dropped: { count: 1 } }]) {
    expect(droppedOf(report)).toBeUndefined();
  }
});
