import { QueryObserver } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { createQueryClient } from "./query";

test("a change during the first fetch of a query is fetched after it", async () => {
  const client = createQueryClient();
  const responses: ((value: string) => void)[] = [];
  const queryKey = ["log"];
  const observer = new QueryObserver(client, {
    queryKey,
    queryFn: () => new Promise<string>((resolve) => responses.push(resolve)),
  });
  const stop = observer.subscribe(() => undefined);
  expect(responses).toHaveLength(1);
  const invalidated = client.invalidateQueries({ queryKey });
  responses[0]?.("before the change");
  await expect.poll(() => responses.length).toBe(2);
  responses[1]?.("after the change");
  await invalidated;
  expect(client.getQueryData(queryKey)).toBe("after the change");
  stop();
});
