import { beforeEach, expect, test, vi } from "vitest";
import { unwrap, api } from "./client";
import { Problem } from "./problem";

const requests: string[] = [];
let sessionAlive: boolean;
let cookieAlive: boolean;

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
}

beforeEach(() => {
  requests.length = 0;
  sessionAlive = true;
  cookieAlive = false;
  vi.stubGlobal("fetch", async (input: Request | string) => {
    const path = typeof input === "string" ? input : new URL(input.url).pathname;
    requests.push(path);
    await Promise.resolve();
    if (path === "/api/auth/refresh") {
      cookieAlive = sessionAlive;
      return sessionAlive ? json(200, { expiresIn: 900 }) : json(401, { detail: "the session has ended" });
    }
    if (!cookieAlive) return json(401, { detail: "sign in first" });
    return json(200, { items: [], nextCursor: null, body: input instanceof Request ? await input.text() : "" });
  });
});

test("requests with an expired cookie share one renewal and are sent again with their bodies", async () => {
  const body = { modelType: "tts", epochs: 1, batchSize: 4 } as const;
  const [trainings, , created] = await Promise.all([
    unwrap(api.GET("/api/training")),
    unwrap(api.GET("/api/voices")),
    unwrap(api.POST("/api/training", { body })),
  ]);
  expect(trainings.items).toEqual([]);
  expect(JSON.parse((created as unknown as { body: string }).body)).toEqual(body);
  expect(requests.filter((path) => path === "/api/auth/refresh")).toHaveLength(1);
});

test("a session that has ended fails after one renewal", async () => {
  sessionAlive = false;
  await expect(unwrap(api.GET("/api/training"))).rejects.toMatchObject({ status: 401 });
  expect(requests).toEqual(["/api/training", "/api/auth/refresh"]);
});

test("a wrong password renews nothing", async () => {
  const body = { email: "a@example.com", password: "wrong" };
  await expect(unwrap(api.POST("/api/auth/login", { body }))).rejects.toMatchObject({ status: 401 });
  expect(requests).toEqual(["/api/auth/login"]);
});

test("a request without a response is a problem with status 0", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("network")));
  await expect(unwrap(api.GET("/api/training"))).rejects.toMatchObject({ status: 0 });
});

test("a problem has its invalid fields, and any other body is a problem too", () => {
  const problem = Problem.from(422, { detail: "x", errors: [{ pointer: "/batchSize", detail: "expected 1 to 256" }] });
  expect(problem.fields.get("batchSize")).toBe("expected 1 to 256");
  expect(Problem.from(502, "<html>").status).toBe(502);
});

test("a problem has the retry delay if the server sent it in seconds", () => {
  expect(Problem.from(429, undefined, new Headers({ "Retry-After": "12" })).retryAfter).toBe(12);
  expect(Problem.from(429, undefined, new Headers({ "Retry-After": "Wed, 25 Nov" })).retryAfter).toBeUndefined();
  expect(Problem.from(429, undefined).retryAfter).toBeUndefined();
});
