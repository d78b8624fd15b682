import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { sourceKeys } from "../sources/sources";
import { applyModelEvent, modelKeys } from "./models";

test("a completed download adds a model, so the installed ones and the Hub's details are fetched again", () => {
  const client = new QueryClient();
  const keys = [modelKeys.list, sourceKeys.model("facebook/mms-tts-fas")];
  for (const key of keys) client.setQueryData(key, []);
  const data = { downloadId: "d", status: "completed", modelId: "m" } as const;
  applyModelEvent(client, { id: 1, event: "download:complete", data, at: "2026-01-01T00:00:00Z" });
  expect(keys.map((key) => client.getQueryState(key)?.isInvalidated)).toEqual([true, true]);
});
