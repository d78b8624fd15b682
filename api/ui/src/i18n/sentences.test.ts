import { expect, test } from "vitest";
import { createFormat } from "./format";
import { type Sentences, sentenceFor } from "./sentences";

type Failure =
  | { code: "storageFull"; params: { neededBytes: number } }
  | { code: "cancelled" }
  | { code: "attemptsExhausted"; params: { attempts: number } };

const sentences: Sentences<Failure> = {
  storageFull: ({ neededBytes }, f) => `${f.bytes(neededBytes)} لازم است.`,
  cancelled: () => "لغو شد.",
  attemptsExhausted: ({ attempts }, f) => `پس از ${f.number(attempts)} تلاش ناموفق بود.`,
};
const f = createFormat("fa");

test("a code has its sentence, with the parameters in the page's language", () => {
  expect(sentenceFor<Failure>({ code: "attemptsExhausted", params: { attempts: 3 } }, sentences, f)).toBe(
    "پس از ۳ تلاش ناموفق بود.",
  );
  expect(sentenceFor<Failure>({ code: "cancelled" }, sentences, f)).toBe("لغو شد.");
});

test("an unknown code has no sentence, and neither have absent details", () => {
  for (const code of ["fromTheFuture", "toString", "__proto__"]) {
    expect(sentenceFor({ code } as unknown as Failure, sentences, f), code).toBeUndefined();
  }
  expect(sentenceFor(null, sentences, f)).toBeUndefined();
  expect(sentenceFor(undefined, sentences, f)).toBeUndefined();
});

test("a dictionary without a sentence for a code doesn't compile", () => {
  // @ts-expect-error: two codes are missing.
  const incomplete: Sentences<Failure> = { cancelled: () => "لغو شد." };
  expect(Object.keys(incomplete)).toEqual(["cancelled"]);
});
