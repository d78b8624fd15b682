import type { Dictionary } from "../i18n/fa";
import type { Format, Locale } from "../i18n/format";

export interface Limits {
  min: number;
  max: number;
  isWhole?: boolean;
  isOptional?: boolean;
}

const ZEROS = { persian: "۰".charCodeAt(0), arabic: "٠".charCodeAt(0) };
const DIGITS: Record<Locale, string> = { fa: "۰۱۲۳۴۵۶۷۸۹", en: "0123456789" };

function toLatinDigits(text: string): string {
  return text
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - ZEROS.persian))
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - ZEROS.arabic));
}

/** The same text in the digits of a language, with its decimal point. */
export function localizeDigits(text: string, locale: Locale): string {
  const [from, to] = locale === "fa" ? [".", "٫"] : ["٫", "."];
  return toLatinDigits(text)
    .replace(/\d/g, (digit) => DIGITS[locale][Number(digit)] ?? digit)
    .replace(from, to);
}

/**
 * The number in a text with Latin, Persian or Arabic digits: undefined if it is empty, NaN if it is not a number.
 * Commas are only accepted between thousands: elsewhere they may be meant as a decimal point.
 */
export function parseNumber(text: string): number | undefined {
  const latin = toLatinDigits(text)
    .replace(/[\s\u200e\u200f\u061c\u2066-\u2069]/g, "")
    .replace(/[٫/]/g, ".")
    .replace(/[٬،]/g, ",")
    .replace("−", "-")
    .replace(/^([+-]?\d{1,3}(?:,\d{3})+)(?=\.|$)/, (thousands) => thousands.replaceAll(",", ""));
  if (latin === "") return undefined;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(latin) ? Number(latin) : NaN;
}

type NumberFault = "missing" | "invalid" | "atLeast" | "atMost" | "whole";

/** What is wrong with the value of a field; undefined if nothing is. */
export function numberFault(
  value: number | undefined,
  { min, max, isWhole = false, isOptional = false }: Limits,
): NumberFault | undefined {
  if (value === undefined) return isOptional ? undefined : "missing";
  if (Number.isNaN(value)) return "invalid";
  if (value < min) return "atLeast";
  if (value > max) return "atMost";
  return isWhole && !Number.isInteger(value) ? "whole" : undefined;
}

export function numberError(value: number | undefined, limits: Limits, t: Dictionary, f: Format): string | undefined {
  const written = (limit: number) => (Number.isInteger(limit) ? f.number(limit) : f.measure(limit));
  const fault = numberFault(value, limits);
  switch (fault) {
    case "atLeast":
      return t.number.atLeast(written(limits.min));
    case "atMost":
      return t.number.atMost(written(limits.max));
    default:
      return fault && t.number[fault];
  }
}

/** A number as a field shows it. Small ones have all their digits: three decimals would make a learning rate zero. */
export function fieldText(value: number | undefined, f: Format, locale: Locale): string {
  if (value === undefined || Number.isNaN(value)) return "";
  return value !== 0 && Math.abs(value) < 0.001 ? localizeDigits(String(value), locale) : f.number(value, 3);
}

/** The text of a field that was typed, as long as it is what the value is: the page may have changed that since. */
export function currentText(typed: string | undefined, value: number | undefined): string | undefined {
  return typed !== undefined && Object.is(parseNumber(typed), value) ? typed : undefined;
}

/** The next value within the limits. */
export function stepFrom(value: number | undefined, step: number, { min, max }: Limits): number {
  if (value === undefined || Number.isNaN(value)) return min;
  // Rounded to 15 digits, so that 0.1 + 0.2 is 0.3.
  const sum = value + step;
  return Math.min(max, Math.max(min, Number.isInteger(sum) ? sum : Number(sum.toPrecision(15))));
}
