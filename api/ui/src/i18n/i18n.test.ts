import { expect, test } from "vitest";
import { en } from "./en";
import { fa } from "./fa";
import { createFormat } from "./format";

/** Every key with the type of its value and, for functions, the number of arguments. */
function shape(value: unknown, path = ""): string[] {
  if (typeof value === "function") return [`${path}(${value.length})`];
  if (typeof value !== "object" || value === null) return [`${path}: ${typeof value}`];
  return Object.entries(value).flatMap(([key, inner]) => shape(inner, `${path}.${key}`));
}

const persian = createFormat("fa");
const english = createFormat("en");

/** Removes the invisible marks that control the direction of writing. */
const plain = (text: string) =>
  text.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "").replace(/\u00a0/g, " ");

test("both languages have the same keys", () => {
  expect(shape(en).toSorted()).toEqual(shape(fa).toSorted());
});

test("no text is empty", () => {
  for (const dictionary of [fa, en]) expect(JSON.stringify(dictionary)).not.toContain('""');
});

test("Persian texts contain no Arabic look-alikes of Persian letters", () => {
  const words = JSON.stringify(fa, (_, value: unknown) => (typeof value === "function" ? String(value) : value));
  expect(words).not.toMatch(/[يكى٠-٩]/);
});

test("numbers have the digits of their language", () => {
  expect(persian.number(4711)).toBe("۴٬۷۱۱");
  expect(english.number(4711)).toBe("4,711");
  expect(persian.measure(0.65412)).toBe("۰٫۶۵۴");
  expect(plain(persian.percent(0.456))).toBe("۴۵٫۶٪");
});

test("the percent sign follows its number, left of it in Persian", () => {
  expect(persian.percent(1)).toBe("\u061c۱۰۰٪");
  expect(persian.percent(0)).toBe("\u061c۰٪");
  expect(english.percent(1)).toBe("100%");
});

test("large counts are shortened", () => {
  expect(english.compact(1_234_567)).toBe("1.23M");
  expect(english.compact(87)).toBe("87");
  expect(plain(persian.compact(36_300_000))).toBe("۳۶٫۳ میلیون");
});

test("small rates are powers of ten", () => {
  expect(english.rate(0.0002)).toBe("2×10⁻⁴");
  expect(persian.rate(0.0002)).toBe("۲×۱۰⁻⁴");
  expect(english.rate(0.00099996)).toBe("1×10⁻³");
  expect(english.rate(0.0009991)).toBe("9.99×10⁻⁴");
  expect(english.rate(0.01)).toBe("0.01");
  expect(english.rate(0)).toBe("0");
});

test("durations have at most two units", () => {
  expect(persian.duration(133)).toBe("۲ دقیقه و ۱۳ ثانیه");
  expect(english.duration(133)).toBe("2m 13s");
  expect(english.duration(2.14)).toBe("2.1s");
  expect(english.duration(0)).toBe("0s");
  expect(english.duration(-3)).toBe("0s");
  expect(english.duration(59.7)).toBe("1m");
  expect(english.duration(3_600)).toBe("1h");
  expect(english.duration(3_605)).toBe("1h");
  expect(english.duration(200_000)).toBe("2d 7h");
});

test("sizes have decimal units", () => {
  expect(persian.bytes(56_700_000)).toBe("۵۶٫۷ مگابایت");
  expect(english.bytes(499)).toBe("499 bytes");
  expect(english.bytes(4_833_043)).toBe("4.8 MB");
  expect(english.bytes(0)).toBe("0 bytes");
});

test("dates follow the calendar of their language", () => {
  const noon = "2026-11-24T12:00:00Z";
  expect(persian.dateTime(noon)).toContain("۱۴۰۵");
  expect(english.dateTime(noon)).toContain("2026");
});
