import type { Dictionary } from "../i18n/fa";
import type { Format } from "../i18n/format";

/** Unknown lines are left out: reports grow with the server. */
export function reportFacts(report: unknown, t: Dictionary, f: Format): (readonly [string, string])[] {
  if (typeof report !== "object" || report === null) return [];
  const found = report as Record<string, unknown>;
  const names = t.datasets.reportLine;
  const count = (value: unknown) => (typeof value === "number" ? f.number(value) : undefined);
  const length = (value: unknown) => (typeof value === "number" ? f.duration(value) : undefined);
  const lines: [string, string | undefined][] = [
    [names.clips, count(found.clips)],
    [names.usable, count(found.usable)],
    [names.shortestSeconds, length(found.shortestSeconds)],
    [names.longestSeconds, length(found.longestSeconds)],
    [names.sampleRates, sampleRates(found.sampleRates, t, f)],
    [names.clipped, count(found.clipped)],
    [names.duplicateTranscripts, count(found.duplicateTranscripts)],
    [names.withoutTranscript, count(found.withoutTranscript)],
  ];
  return lines.filter((line): line is [string, string] => line[1] !== undefined);
}

/** From `{"22050": 40, "44100": 1}`, the number of clips by sample rate. */
function sampleRates(rates: unknown, t: Dictionary, f: Format): string | undefined {
  if (typeof rates !== "object" || rates === null) return undefined;
  const entries = Object.entries(rates as Record<string, number>);
  const hertz = (rate: string) => t.voices.hertz(f.number(Number(rate)));
  if (entries.length === 1 && entries[0]) return hertz(entries[0][0]);
  const counted = entries.map(([rate, clips]) => `${hertz(rate)} (${f.number(clips)})`);
  return counted.length === 0 ? undefined : counted.join(" · ");
}
