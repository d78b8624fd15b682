import type { Format } from "../../i18n/format";

/** So many of something: "1 clip", "2 clips". */
export function count(number: number, noun: string, f: Format): string {
  return `${f.number(number)} ${number === 1 ? noun : `${noun}s`}`;
}
