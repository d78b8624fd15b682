import type { Dictionary } from "../i18n/fa";
import type { Format } from "../i18n/format";

/** What a number field takes. */
export interface Limits {
  min: number;
  max: number;
  isWhole?: boolean;
  isOptional?: boolean;
}

const ZEROS = { persian: "۰".charCodeAt(0), arabic: "٠".charCodeAt(0) };

/**
 * The number that is written, in digits of either script: undefined where there is none, NaN where it is no number.
 * Commas must stand between thousands: elsewhere they may be meant as a decimal point.
 */
export function parseNumber(text: string): number | undefined {
  const latin = text
    .replace(/[\s\u200e\u200f\u061c\u2066-\u2069]/g, "")
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - ZEROS.persian))
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - ZEROS.arabic))
    .replace(/[٫/]/g, ".")
    .replace(/[٬،]/g, ",")
    .replace("−", "-")
    .replace(/^([+-]?\d{1,3}(?:,\d{3})+)(?=\.|$)/, (thousands) => thousands.replaceAll(",", ""));
  if (latin === "") return undefined;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(latin) ? Number(latin) : NaN;
}

/** Why a number may not be sent, in the reader's language and digits. */
export function numberError(
  value: number | undefined,
  { min, max, isWhole = false, isOptional = false }: Limits,
  t: Dictionary,
  f: Format,
): string | undefined {
  const written = (limit: number) => (Number.isInteger(limit) ? f.number(limit) : f.measure(limit));
  if (value === undefined) return isOptional ? undefined : t.number.missing;
  if (Number.isNaN(value)) return t.number.invalid;
  if (value < min) return t.number.atLeast(written(min));
  if (value > max) return t.number.atMost(written(max));
  if (isWhole && !Number.isInteger(value)) return t.number.whole;
  return undefined;
}

/** Where a step leads, up or down; it never leaves the limits. */
export function stepFrom(value: number | undefined, step: number, { min, max }: Limits): number {
  if (value === undefined || Number.isNaN(value)) return min;
  // Fifteen digits are exact: 0.1 and 0.2 make 0.3.
  const sum = value + step;
  return Math.min(max, Math.max(min, Number.isInteger(sum) ? sum : Number(sum.toPrecision(15))));
}
