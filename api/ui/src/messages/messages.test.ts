import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { en as englishTexts } from "../i18n/en";
import { fa as persianTexts } from "../i18n/fa";
import { createFormat } from "../i18n/format";
import { en } from "./en";
import { fa } from "./fa";
import { type Messages, sentence } from "./message";

interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: string[];
  oneOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
}

const openapi = JSON.parse(readFileSync("openapi.json", "utf8")) as {
  components: { schemas: Record<string, Schema> };
};
const MESSAGES = ["Failure", "LogMessage", "Exclusion", "Warning", "NotTrainable", "ProblemKind", "FieldErrorKind"];
/** What belongs behind the technical details: causes, machines' paths, lists of tensors, an id, an address. */
const TECHNICAL = ["cause", "location", "key", "differences", "tensors", "id", "page"];
/** Stands in every sample of a name. */
const SAMPLE = "Lorem";
/** Names and formats that have no Persian word. */
const LATIN = /Hugging Face|TensorBoard|VITS|metadata\.csv|UTF-8|safetensors|bf16|tar\.gz|tar|zip/g;

const languages = [
  { name: "Persian", messages: fa, f: createFormat("fa"), end: /[.؟!]$/ },
  { name: "English", messages: en, f: createFormat("en"), end: /[.?!]$/ },
];

/** Plausible values of a schema: all cases of what differs in kind, one and many of what is counted. */
function samples(schema: Schema, name = ""): unknown[] {
  if (schema.$ref !== undefined) return samples(resolve(schema.$ref), name);
  if (schema.oneOf !== undefined) return schema.oneOf.flatMap((option) => samples(option, name));
  if (schema.enum !== undefined) return schema.enum;
  if (Array.isArray(schema.type)) return schema.type.flatMap((type) => samples({ ...schema, type }, name));
  switch (schema.type) {
    case "object":
      // What an object without properties stands for is the reason of a failure, of whatever kind.
      return schema.properties === undefined ? [{ code: "hubUnreachable" }] : objects(schema.properties);
    case "array":
      return [[`${SAMPLE} ${name}`, `${SAMPLE} ipsum`]];
    case "integer":
      return [1, 4711];
    case "number":
      return [20.34];
    case "string":
      return name === "kind" ? ["training", "synthesis", "another"] : [`${SAMPLE} ${name}`];
    case "null":
      return [null];
    default:
      throw new Error(`no sample of ${JSON.stringify(schema)}`);
  }
}

function objects(properties: Record<string, Schema>): unknown[] {
  return Object.entries(properties).reduce<object[]>(
    (partial, [name, schema]) =>
      partial.flatMap((object) => samples(schema, name).map((value) => ({ ...object, [name]: value }))),
    [{}],
  );
}

function resolve(reference: string): Schema {
  const schema = openapi.components.schemas[reference.replace("#/components/schemas/", "")];
  if (schema === undefined) throw new Error(`the contract has no ${reference}`);
  return schema;
}

const details = MESSAGES.flatMap((name) => samples(resolve(name))) as { code: keyof Messages; params?: object }[];

/** What a language says of each sample, and of each code whose parameters did not come. */
const told = (messages: Messages, f: ReturnType<typeof createFormat>) =>
  [...details, ...details.map(({ code }) => ({ code }))].map((value) => ({
    value: JSON.stringify(value),
    text: sentence(messages, value, f) ?? "",
  }));

/** Without the names, which may be of any language. */
const withoutNames = (text: string) => text.replace(/\u2068[^\u2069]*\u2069/g, "");

test("the contract's codes are the ones that are told", () => {
  const codes = [...new Set(details.map(({ code }) => code))].toSorted();
  expect(codes.length).toBeGreaterThan(90);
  for (const { messages } of languages) expect(Object.keys(messages).toSorted()).toEqual(codes);
});

for (const { name, messages, f, end } of languages) {
  test(`every message is a whole ${name} sentence, even where parameters are missing`, () => {
    for (const { value, text } of told(messages, f)) {
      expect(text, value).toMatch(end);
      expect(text, value).not.toMatch(/undefined|NaN|null|\[object| {2}/);
    }
  });

  test(`no ${name} sentence has what belongs behind the technical details`, () => {
    for (const { value, text } of told(messages, f))
      for (const key of TECHNICAL) expect(text, value).not.toMatch(new RegExp(`${SAMPLE} ${key}\\b`));
  });

  test(`${name} names stay in their own direction`, () => {
    for (const { value, text } of told(messages, f)) {
      expect(withoutNames(text), value).not.toMatch(new RegExp(`[\u2066-\u2069]|${SAMPLE}`));
    }
    const text = sentence(messages, { code: "duplicateFile", params: { name: "a\u2069\u202eb\n.wav" } }, f);
    expect(text).toContain("\u2068ab.wav\u2069");
  });
}

test("Persian sentences are in Persian letters and digits, and begin with one", () => {
  for (const { value, text } of told(fa, createFormat("fa"))) {
    const words = withoutNames(text).replace(LATIN, "");
    expect(words, value).not.toMatch(/[A-Za-z0-9يكى٠-٩,;?]/);
    expect(text, value).toMatch(/^[آ-ی۰-۹…]/);
  }
});

test("English sentences are in English, and count one of a kind as one", () => {
  for (const { value, text } of told(en, createFormat("en"))) {
    expect(text, value).not.toMatch(/[\u0600-\u06ff]/);
    expect(text, value).not.toMatch(
      /\b1 (more )?(clip|file|attempt|day|checkpoint|tensor|thread|letter|evaluation)s\b/,
    );
    expect(text, value).toMatch(/^[A-Z]/);
  }
});

test("a message inside another is told by its own sentence", () => {
  const f = createFormat("fa");
  const exclusion = { code: "tooLong", params: { seconds: 42.34, maxSeconds: 20 } };
  const unreachable = { code: "hubUnreachable" };
  const last = { code: "attemptsExhausted", params: { attempts: 3, last: unreachable } };
  const inside = (value: unknown) => sentence(fa, value, f) ?? "nothing";
  expect(inside(exclusion)).toContain("۴۲٫۳۴ ثانیه");
  expect(inside({ code: "clipExcluded", params: { clip: "a", exclusion } })).toContain(inside(exclusion));
  expect(inside({ code: "noUsableClips", params: { total: 3, first: exclusion } })).toContain(inside(exclusion));
  expect(inside(last)).toContain(inside(unreachable));
  expect(inside({ code: "snoozedTooLong", params: { days: 7, last } })).toContain(inside(last));
  const because = { code: "pickledWeights" };
  expect(inside({ code: "modelNotTrainable", params: { repo: "a/b", because } })).toContain(inside(because));
});

test("a warning advises epochs, or a larger dataset where no number of them is enough", () => {
  const told = (epochs: number | null) =>
    sentence(fa, { code: "onlyHums", params: { steps: 10, intelligibleSteps: 3_000, epochs } }, createFormat("fa"));
  expect(told(1_500)).toMatch(/۱۰ گام.*۳٬۰۰۰ گام.*۱٬۵۰۰ دور/);
  expect(told(null)).toContain("مجموعه‌دادهٔ بزرگ‌تری");
  expect(told(null)).not.toContain("دور");
});

test("too little memory advises the batch size that fits, with the setting that keeps the clips of a step", () => {
  const failure = (fittingBatchSize: number | null) => ({
    code: "outOfMemory",
    params: { neededBytes: 3e9, availableBytes: 2e9, fittingBatchSize },
  });
  const persian = (fitting: number | null) => sentence(fa, failure(fitting), createFormat("fa"));
  expect(persian(8)).toMatch(new RegExp(`حداکثر ۸ .*«${persianTexts.training.accumulate}»`));
  expect(persian(null)).not.toContain(persianTexts.training.accumulate);
  const english = (fitting: number | null) => sentence(en, failure(fitting), createFormat("en"));
  expect(english(8)).toMatch(new RegExp(`at most 8,.*${englishTexts.training.accumulate}`, "i"));
  expect(english(null)).not.toContain("accumulation");
});

test("what a newer server says, or none does, has no sentence here", () => {
  const f = createFormat("fa");
  const unknown = [undefined, null, "resumed", 7, [], {}, { code: 7 }, { code: "brandNew" }, { code: "toString" }];
  for (const value of unknown) expect(sentence(fa, value, f)).toBeUndefined();
  const nested = { code: "clipExcluded", params: { clip: "a", exclusion: { code: "brandNew" } } };
  expect(sentence(fa, nested, f)).toBe("فایل صوتی «\u2068a\u2069» کنار گذاشته شد.");
  const valued = { code: "metadataLine", params: { line: 3, problem: "brandNew" } };
  expect(sentence(fa, valued, f)).toContain("خط ۳ فایل metadata.csv درست نیست.");
});

test("a speaker that a voice doesn't have is told with those that it has, if it has several", () => {
  const told = (speakers: string[]) =>
    sentence(fa, { code: "unknownSpeaker", params: { speakers } }, createFormat("fa"));
  expect(told(["سارا", "Omid"])).toContain("\u2068سارا\u2069، \u2068Omid\u2069.");
  expect(told([])).toContain("این صدا فقط یک گوینده دارد.");
});
