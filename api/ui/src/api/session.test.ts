import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Session } from "./session";

const renewed = () => new Response(JSON.stringify({ expiresIn: 900 }), { status: 200 });

let stored: Map<string, string>;
const renew = vi.fn<() => Promise<Response>>();

function newSession(): Session {
  return new Session({
    renew,
    now: Date.now,
    storage: {
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
      removeItem: (key) => void stored.delete(key),
    },
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  stored = new Map();
  renew.mockReset().mockImplementation(() => Promise.resolve(renewed()));
});

afterEach(() => vi.useRealTimers());

test("concurrent renewals share one request", async () => {
  const session = newSession();
  const results = await Promise.all([session.renew(), session.renew(), session.renew()]);
  expect(results).toEqual(["renewed", "renewed", "renewed"]);
  expect(renew).toHaveBeenCalledTimes(1);
  await session.renew();
  expect(renew).toHaveBeenCalledTimes(2);
});

test("the session is renewed a minute before its end, again and again", async () => {
  newSession().start(900);
  await vi.advanceTimersByTimeAsync(839_000);
  expect(renew).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(renew).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(841_000);
  expect(renew).toHaveBeenCalledTimes(2);
});

test("a reload doesn't change the time of the renewal", async () => {
  newSession().start(900);
  vi.clearAllTimers();
  await vi.advanceTimersByTimeAsync(800_000);
  newSession().resume();
  await vi.advanceTimersByTimeAsync(41_000);
  expect(renew).toHaveBeenCalledTimes(1);
});

test("a refused renewal ends the session once, and stops renewing", async () => {
  renew.mockImplementation(() => Promise.resolve(new Response(null, { status: 401 })));
  const session = newSession();
  const ended = vi.fn();
  session.onEnd(ended);
  session.start(900);
  expect(await session.renew()).toBe("ended");
  await vi.advanceTimersByTimeAsync(10_000_000);
  expect(ended).toHaveBeenCalledTimes(1);
  expect(renew).toHaveBeenCalledTimes(1);
  expect(stored.size).toBe(0);
});

test.each([
  ["no response", () => Promise.reject(new TypeError("network"))],
  ["an unavailable server", () => Promise.resolve(new Response(null, { status: 503 }))],
])("%s doesn't end the session, and the renewal is retried", async (_, failure) => {
  renew.mockImplementationOnce(failure);
  const session = newSession();
  const ended = vi.fn();
  session.onEnd(ended);
  expect(await session.renew()).toBe("unreachable");
  await vi.advanceTimersByTimeAsync(15_000);
  expect(renew).toHaveBeenCalledTimes(2);
  expect(ended).not.toHaveBeenCalled();
});

test("before an upload only a session that expires soon is renewed", async () => {
  const session = newSession();
  session.start(900);
  await session.renewIfExpiring();
  expect(renew).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(700_000);
  await session.renewIfExpiring();
  expect(renew).toHaveBeenCalledTimes(1);
});
