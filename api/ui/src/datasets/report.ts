import type { Dictionary } from "../i18n/fa";
import type { Format } from "../i18n/format";

/** What a check found, as names and values. Reports grow with the server; what this page doesn't know it leaves out. */
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

/** `{"22050": 40, "44100": 1}`: how many clips have which rate. One rate alone needs no count. */
function sampleRates(rates: unknown, t: Dictionary, f: Format): string | undefined {
  if (typeof rates !== "object" || rates === null) return undefined;
  const entries = Object.entries(rates as Record<string, number>);
  const hertz = (rate: string) => t.voices.hertz(f.number(Number(rate)));
  if (entries.length === 1 && entries[0]) return hertz(entries[0][0]);
  const counted = entries.map(([rate, clips]) => `${hertz(rate)} (${f.number(clips)})`);
  return counted.length === 0 ? undefined : counted.join(" · ");
}
