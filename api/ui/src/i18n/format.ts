export type Locale = "fa" | "en";

/** Numbers, durations, sizes and times in the page's language. */
export interface Format {
  number: (value: number, digits?: number) => string;
  /** Large counts in short, such as 1.2M. */
  compact: (value: number) => string;
  /** Three significant digits, for losses and speeds of unknown magnitude. */
  measure: (value: number) => string;
  /** Very small numbers, as powers of ten. */
  rate: (value: number) => string;
  /** In Persian the sign stands left of the digits, whatever precedes them. */
  percent: (fraction: number) => string;
  bytes: (bytes: number) => string;
  duration: (seconds: number) => string;
  date: (iso: string) => string;
  dateTime: (iso: string) => string;
  timeOfDay: (iso: string) => string;
}

const TAGS: Record<Locale, string> = { fa: "fa-IR-u-ca-persian-nu-arabext", en: "en-GB" };
/**
 * An invisible letter mark. After an Arabic letter, Persian digits leave the percent sign to the direction of the line;
 * without one, the sign goes with them as in "100%".
 */
const ARABIC_LETTER_MARK = "\u061c";
const BYTE_UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

export function createFormat(locale: Locale): Format {
  const tag = TAGS[locale];
  const measure = new Intl.NumberFormat(tag, { maximumSignificantDigits: 3 });
  const percent = new Intl.NumberFormat(tag, { style: "percent", maximumFractionDigits: 1 });
  // British English abbreviates a million to m, which may be read as a thousandth.
  const compact = new Intl.NumberFormat(locale === "en" ? "en-US" : tag, {
    notation: "compact",
    maximumSignificantDigits: 3,
  });
  const date = new Intl.DateTimeFormat(tag, { dateStyle: "medium" });
  const dateTime = new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeStyle: "short" });
  const timeOfDay = new Intl.DateTimeFormat(tag, { timeStyle: "medium" });
  const plain = [0, 1, 2, 3].map((digits) => new Intl.NumberFormat(tag, { maximumFractionDigits: digits }));
  const list = new Intl.ListFormat(tag, { type: "unit", style: locale === "fa" ? "long" : "narrow" });
  const unit = (value: number, name: string, digits: number, unitDisplay: "long" | "short" | "narrow") =>
    new Intl.NumberFormat(tag, {
      style: "unit",
      unit: name,
      unitDisplay,
      maximumFractionDigits: digits,
    }).format(value);

  return {
    number: (value, digits = 0) => (plain[digits] ?? measure).format(value),
    compact: (value) => compact.format(value),
    measure: (value) => measure.format(value),
    rate: (value) => {
      // Rounded before it is split: 0.00099996 is 1×10⁻³, not 10×10⁻⁴.
      const [mantissa, exponent] = value.toExponential(2).split("e").map(Number);
      if (value === 0 || mantissa === undefined || exponent === undefined || exponent >= -2)
        return measure.format(value);
      return `${measure.format(mantissa)}×${measure.format(10)}${superscript(exponent)}`;
    },
    percent: (fraction) => (locale === "fa" ? ARABIC_LETTER_MARK : "") + percent.format(fraction),
    bytes: (bytes) => {
      const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), BYTE_UNITS.length - 1);
      const value = bytes / 1000 ** power;
      const digits = power === 0 || value >= 100 ? 0 : 1;
      return unit(value, BYTE_UNITS[power] ?? "byte", digits, locale === "fa" || power === 0 ? "long" : "short");
    },
    duration: (seconds) =>
      list.format(
        durationParts(seconds).map(([value, name, digits]) =>
          unit(value, name, digits, locale === "fa" ? "long" : "narrow"),
        ),
      ),
    date: (iso) => date.format(new Date(iso)),
    dateTime: (iso) => dateTime.format(new Date(iso)),
    timeOfDay: (iso) => timeOfDay.format(new Date(iso)),
  };
}

/** The two largest units; smaller ones don't matter beside them. */
export function durationParts(seconds: number): [value: number, unit: string, digits: number][] {
  if (seconds < 10) return [[Math.max(seconds, 0), "second", 1]];
  const whole = Math.round(seconds);
  const units: [number, string][] = [
    [Math.floor(whole / 86_400), "day"],
    [Math.floor(whole / 3600) % 24, "hour"],
    [Math.floor(whole / 60) % 60, "minute"],
    [whole % 60, "second"],
  ];
  const first = units.findIndex(([value]) => value > 0);
  return units
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => [value, unit, 0]);
}

/** Unicode has no Persian superscripts; Persian texts use Latin ones. */
function superscript(value: number): string {
  return [...String(value)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)] ?? "⁻").join("");
}
