import { posix } from "node:path";
import { expect, test } from "vitest";

type Graph = Map<string, Set<string>>;

const sources = import.meta.glob<string>(["./**/*.{ts,tsx}", "!./**/*.test.{ts,tsx}"], {
  query: "?raw",
  import: "default",
  eager: true,
});

/** The files that a file imports, lazily and for types as well, by path. */
function importsOf(path: string, source: string): string[] {
  return [...source.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]*)"/g)].flatMap(([, specifier = ""]) => {
    const target = `./${posix.join(posix.dirname(path), specifier)}`;
    const file = [".ts", ".tsx", "/index.ts", "/index.tsx", ".d.ts", ""]
      .map((end) => target + end)
      .find((name) => name in sources);
    return file === undefined ? [] : [file];
  });
}

/** `./training/curve.ts` is of the folder `training`; a file beside the folders stands for itself. */
function folderOf(path: string): string {
  return path.split("/")[1] ?? path;
}

function graphOf(nameOf: (path: string) => string): Graph {
  const graph: Graph = new Map();
  for (const [path, source] of Object.entries(sources)) {
    const name = nameOf(path);
    const imported = graph.get(name) ?? new Set();
    for (const target of importsOf(path, source).map(nameOf)) if (target !== name) imported.add(target);
    graph.set(name, imported);
  }
  return graph;
}

/** The first circle that is found, such as `a → b → a`. */
function circleIn(graph: Graph): string | undefined {
  const finished = new Set<string>();
  function visit(name: string, path: string[]): string | undefined {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name].join(" → ");
    if (finished.has(name)) return undefined;
    for (const next of graph.get(name) ?? []) {
      const circle = visit(next, [...path, name]);
      if (circle !== undefined) return circle;
    }
    finished.add(name);
    return undefined;
  }
  for (const name of graph.keys()) {
    const circle = visit(name, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

test("every relative import is followed", () => {
  const files = graphOf((path) => path);
  expect(files.get("./main.tsx")).toContain("./i18n/index.tsx");
  expect(files.get("./router.tsx")).toContain("./training/TrainingPage.tsx");
  expect(files.get("./api/client.ts")).toContain("./api/schema.d.ts");
});

test("circles are found", () => {
  expect(
    circleIn(
      new Map([
        ["a", new Set(["b"])],
        ["b", new Set(["c"])],
        ["c", new Set(["b"])],
      ]),
    ),
  ).toBe("b → c → b");
  expect(
    circleIn(
      new Map([
        ["a", new Set(["b"])],
        ["b", new Set()],
      ]),
    ),
  ).toBeUndefined();
});

test("no files import each other in a circle", () => {
  expect(circleIn(graphOf((path) => path))).toBeUndefined();
});

test("no folders import each other in a circle", () => {
  expect(circleIn(graphOf(folderOf))).toBeUndefined();
});
