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

test("a few speakers are named, those with the most clips first, and many are only counted", () => {
  const told = (speakers: unknown) => facts({ speakers });
  expect(told({ Omid: 1, سارا: 40 })).toEqual([
    ["Speakers", "2: \u2068سارا\u2069\u00a0(40) · \u2068Omid\u2069\u00a0(1)"],
  ]);
  const many = Object.fromEntries(Array.from({ length: 109 }, (_, number) => [`p${number}`, 1]));
  expect(told(many)).toEqual([["Speakers", "109"]]);
});

test("the report has no line of speakers where nobody is named", () => {
  for (const speakers of [undefined, null, {}, { Sara: "many" }]) expect(facts({ speakers })).toEqual([]);
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
