import type { Dictionary } from "../i18n/fa";
import type { Format } from "../i18n/format";
import { isolate } from "../messages/isolate";
import type { DroppedSummary, DroppedItem } from "../ui/dropped";

/** Where there are more speakers, only their number is told. */
const MAX_NAMED_SPEAKERS = 6;

/** Unknown lines are left out: reports grow with the server. */
export function reportFacts(report: unknown, t: Dictionary, f: Format): (readonly [string, string])[] {
  if (!isRecord(report)) return [];
  const found = report;
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
    [names.withPhonemes, count(found.withPhonemes)],
    [names.speakers, speakers(found.speakers, f)],
  ];
  return lines.filter((line): line is [string, string] => line[1] !== undefined);
}

/** What isn't spoken of the transcripts; undefined for older datasets, in which nobody looked for it. */
export function droppedOf(report: unknown): DroppedSummary | undefined {
  const dropped = isRecord(report) ? report.dropped : undefined;
  if (!isRecord(dropped) || typeof dropped.count !== "number" || !Array.isArray(dropped.items)) return undefined;
  return { count: dropped.count, items: dropped.items.filter(isDroppedItem) };
}

function isDroppedItem(item: unknown): item is DroppedItem {
  return (
    isRecord(item) &&
    typeof item.text === "string" &&
    typeof item.reason === "string" &&
    typeof item.count === "number" &&
    Array.isArray(item.lines)
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
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

/** From `{"Sara": 40, "Omid": 1}`, the number of usable clips by speaker; undefined where nobody is named. */
function speakers(clipsBySpeaker: unknown, f: Format): string | undefined {
  if (!isRecord(clipsBySpeaker)) return undefined;
  const entries = Object.entries(clipsBySpeaker).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number",
  );
  if (entries.length === 0) return undefined;
  const total = f.number(entries.length);
  if (entries.length > MAX_NAMED_SPEAKERS) return total;
  const counted = entries
    .toSorted(([, one], [, other]) => other - one)
    .map(([name, clips]) => `${isolate(name)}\u00a0(${f.number(clips)})`);
  return `${total}: ${counted.join(" · ")}`;
}
