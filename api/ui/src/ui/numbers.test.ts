import { expect, test } from "vitest";
import { en } from "../i18n/en";
import { fa } from "../i18n/fa";
import { createFormat } from "../i18n/format";
import {
  currentText,
  fieldText,
  type Limits,
  localizeDigits,
  numberError,
  numberFault,
  parseNumber,
  stepFrom,
} from "./numbers";

const EPOCHS: Limits = { min: 1, max: 100_000, isWhole: true };
const RATE: Limits = { min: 1e-7, max: 0.01, isOptional: true };

const inPersian = (value: number | undefined, limits: Limits) => numberError(value, limits, fa, createFormat("fa"));
const inEnglish = (value: number | undefined, limits: Limits) => numberError(value, limits, en, createFormat("en"));

test("Latin, Persian and Arabic digits are the same numbers", () => {
  for (const text of ["1250.5", "1,250.5", "۱۲۵۰٫۵", "۱٬۲۵۰٫۵", "۱۲۵۰.۵", "۱۲۵۰/۵", "١٢٥٠٫٥", " ۱۲50.5 "]) {
    expect(parseNumber(text), text).toBe(1250.5);
  }
  expect(parseNumber("۱۰۰٬۰۰۰")).toBe(100_000);
  expect(parseNumber("-۵")).toBe(-5);
  expect(parseNumber("2e-4")).toBe(0.0002);
  expect(parseNumber("۰")).toBe(0);
});

test("an empty text is undefined, and what only resembles a number is NaN", () => {
  expect(parseNumber("")).toBeUndefined();
  expect(parseNumber("  ")).toBeUndefined();
  for (const text of ["پنج", "5 epochs", "0,5", "1.2.3", "-", ".", "1,00", "Infinity", "0x10"]) {
    expect(parseNumber(text), text).toBeNaN();
  }
});

test("a number outside its limits gets an error with the limit, in the digits of the language", () => {
  expect(inPersian(9_999_999, EPOCHS)).toBe("حداکثر ۱۰۰٬۰۰۰");
  expect(inEnglish(9_999_999, EPOCHS)).toBe("At most 100,000");
  expect(inPersian(0, EPOCHS)).toBe("حداقل ۱");
  expect(inEnglish(-3, EPOCHS)).toBe("At least 1");
  expect(inPersian(5, RATE)).toBe("حداکثر ۰٫۰۱");
  expect(inPersian(0, RATE)).toBe("حداقل ۰٫۰۰۰۰۰۰۱");
  expect(inEnglish(1e20, { min: 0, max: Number.MAX_SAFE_INTEGER })).toBe("At most 9,007,199,254,740,991");
});

test("the limits themselves are valid", () => {
  for (const limits of [EPOCHS, RATE]) {
    expect(inEnglish(limits.min, limits)).toBeUndefined();
    expect(inEnglish(limits.max, limits)).toBeUndefined();
  }
});

test("an empty field is an error only if the number is required", () => {
  expect(inEnglish(undefined, EPOCHS)).toBe(en.number.missing);
  expect(inEnglish(undefined, RATE)).toBeUndefined();
  expect(inEnglish(NaN, RATE)).toBe(en.number.invalid);
});

test("a fraction is an error for whole numbers", () => {
  expect(inEnglish(1.5, EPOCHS)).toBe(en.number.whole);
  expect(inEnglish(0.005, RATE)).toBeUndefined();
});

test("steps stay within the limits and add no rounding errors", () => {
  expect(stepFrom(5, 1, EPOCHS)).toBe(6);
  expect(stepFrom(1, -1, EPOCHS)).toBe(1);
  expect(stepFrom(9_999_999, -1, EPOCHS)).toBe(100_000);
  expect(stepFrom(undefined, 1, EPOCHS)).toBe(1);
  expect(stepFrom(NaN, 1, EPOCHS)).toBe(1);
  expect(stepFrom(0.2, 0.1, { min: 0, max: 2 })).toBe(0.3);
});

test("a typed number gets the digits of the language, and stays the same number", () => {
  expect(localizeDigits("1250.5", "fa")).toBe("۱۲۵۰٫۵");
  expect(localizeDigits("۲e-٤", "en")).toBe("2e-4");
  expect(localizeDigits("۲٫۵", "en")).toBe("2.5");
  for (const text of ["1250.5", "۱۲۵۰٫۵", "2e-4", "9999999"]) {
    expect(parseNumber(localizeDigits(text, "fa")), text).toBe(parseNumber(text));
  }
});

test("a value without a fault can be sent", () => {
  expect([undefined, NaN, 0, 100_001, 1.5, 1, 100_000].map((value) => numberFault(value, EPOCHS))).toEqual([
    "missing",
    "invalid",
    "atLeast",
    "atMost",
    "whole",
    undefined,
    undefined,
  ]);
  expect(numberFault(undefined, RATE)).toBeUndefined();
});

test("a typed text is shown until the value is changed from elsewhere", () => {
  expect(currentText("۱۲٫۰", 12)).toBe("۱۲٫۰");
  expect(currentText("five", NaN)).toBe("five");
  expect(currentText("", undefined)).toBe("");
  expect(currentText("۱", 1_500)).toBeUndefined();
  expect(currentText(undefined, 12)).toBeUndefined();
});

test("a field shows a small number with all its digits, as a text that is that number", () => {
  for (const value of [0, 1, 0.667, 1_500, 0.00025, 6.2e-5, 1e-7]) {
    const text = fieldText(value, createFormat("fa"), "fa");
    expect(text).not.toMatch(/[0-9.]/);
    expect(parseNumber(text), text).toBe(value);
  }
  expect(fieldText(0.00025, createFormat("fa"), "fa")).toBe("۰٫۰۰۰۲۵");
  expect(fieldText(1_500, createFormat("en"), "en")).toBe("1,500");
  expect(fieldText(undefined, createFormat("en"), "en")).toBe("");
  expect(fieldText(NaN, createFormat("en"), "en")).toBe("");
});
