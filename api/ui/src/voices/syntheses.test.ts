import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import type { LiveEvent } from "../live/events";
import { applySynthesisEvent, excerpt, spokenFraction, type Synthesis, synthesisKeys } from "./syntheses";

function synthesis(change: Partial<Synthesis> = {}): Synthesis {
  return {
    id: "s",
    voiceId: "v",
    text: "سلام",
    options: { speed: 1, noise: 0.667, seed: 1 },
    status: "queued",
    progress: 0,
    dropped: { count: 0, items: [] },
    createdAt: "2026-01-01T00:00:00Z",
    ...change,
  };
}

const progress: LiveEvent = {
  id: 1,
  event: "voice:progress",
  data: { voiceId: "v", synthesisId: "s", status: "running", progress: 0.5 },
  at: "2026-01-01T00:00:01Z",
};

function clientWith(row: Synthesis): QueryClient {
  const client = new QueryClient();
  client.setQueryData(synthesisKeys.one("s"), row);
  client.setQueryData(synthesisKeys.list("v"), { pages: [{ items: [row, synthesis({ id: "u" })] }], pageParams: [""] });
  return client;
}

const cached = (client: QueryClient) => client.getQueryData<Synthesis>(synthesisKeys.one("s"));
const listed = (client: QueryClient) =>
  client.getQueryData<{ pages: { items: Synthesis[] }[] }>(synthesisKeys.list("v"))?.pages[0]?.items ?? [];

test("progress updates the synthesis in every cached query, and no other synthesis", () => {
  const client = clientWith(synthesis());
  applySynthesisEvent(client, progress);
  expect(cached(client)).toMatchObject({ status: "running", progress: 0.5 });
  expect(listed(client).map((row) => row.progress)).toEqual([0.5, 0]);
});

test("late progress doesn't change a synthesis that is completed", () => {
  const client = clientWith(synthesis({ status: "completed", progress: 1 }));
  applySynthesisEvent(client, progress);
  expect(cached(client)).toMatchObject({ status: "completed", progress: 1 });
});

test("a completed synthesis is fetched again from the server", () => {
  const client = clientWith(synthesis());
  const data = { voiceId: "v", synthesisId: "s", status: "completed", durationSeconds: 2 } as const;
  applySynthesisEvent(client, { id: 2, event: "voice:complete", data, at: "2026-01-01T00:00:02Z" });
  expect(client.getQueryState(synthesisKeys.one("s"))?.isInvalidated).toBe(true);
  expect(client.getQueryState(synthesisKeys.list("v"))?.isInvalidated).toBe(true);
});

test("the spoken fraction is known from the first sentence on", () => {
  expect(spokenFraction({ status: "queued", progress: 0 })).toBeUndefined();
  expect(spokenFraction({ status: "running", progress: 0 })).toBeUndefined();
  expect(spokenFraction({ status: "running", progress: 0.25 })).toBe(0.25);
});

test("a long text is named by its beginning", () => {
  expect(excerpt("سلام دنیا")).toBe("سلام دنیا");
  expect(excerpt("😀".repeat(81))).toBe(`${"😀".repeat(80)}…`);
  expect(excerpt(`${"a".repeat(79)} ${"b".repeat(20_000)}`)).toBe(`${"a".repeat(79)}…`);
});
