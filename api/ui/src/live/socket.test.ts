import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { backoff, LiveSocket, type LiveState, type SocketLike } from "./socket";

/** A socket whose server is the test. */
class FakeSocket implements SocketLike {
  onopen: SocketLike["onopen"] = null;
  onmessage: SocketLike["onmessage"] = null;
  onclose: SocketLike["onclose"] = null;
  closed = false;
  readonly since: number | undefined;

  constructor(since: number | undefined) {
    this.since = since;
  }

  close() {
    this.closed = true;
  }

  opens() {
    this.onopen?.call(this as unknown as WebSocket, new Event("open"));
  }

  says(data: unknown) {
    this.onmessage?.call(this as unknown as WebSocket, new MessageEvent("message", { data }));
  }

  tells(id: number, event = "training:paused") {
    this.says(JSON.stringify({ id, event, data: { trainingId: "t", status: "paused" }, at: "2026-01-01T00:00:00Z" }));
  }

  breaks(code = 1006) {
    this.onclose?.call(this as unknown as WebSocket, new CloseEvent("close", { code }));
  }
}

let sockets: FakeSocket[];
let heard: number[];
let states: LiveState[];
let opened: number;
let session: "alive" | "ended" | "unreachable";
let socket: LiveSocket;

const latest = () => sockets.at(-1) as FakeSocket;

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  heard = [];
  states = [];
  opened = 0;
  session = "alive";
  socket = new LiveSocket({
    open: (since) => {
      sockets.push(new FakeSocket(since));
      return latest();
    },
    checkSession: () => Promise.resolve(session),
    onEvent: ({ id }) => heard.push(id),
    onState: (state) => states.push(state),
    onOpen: () => (opened += 1),
    random: () => 1,
    now: Date.now,
  });
  socket.start();
});

afterEach(() => {
  socket.stop();
  vi.useRealTimers();
});

test("events are heard once each, in order", () => {
  latest().opens();
  for (const id of [4, 5, 5, 4, 9]) latest().tells(id);
  expect(heard).toEqual([4, 5, 9]);
});

test("the first connection begins with now, and what is on the screen is read again", () => {
  expect(latest().since).toBeUndefined();
  latest().opens();
  expect(opened).toBe(1);
  expect(states).toEqual(["connecting", "live"]);
});

test("a broken connection goes on after the last event that was heard", async () => {
  latest().opens();
  latest().tells(41);
  latest().breaks();
  expect(states.at(-1)).toBe("reconnecting");
  await vi.advanceTimersByTimeAsync(500);
  expect(sockets).toHaveLength(2);
  expect(latest().since).toBe(41);
  latest().opens();
  latest().tells(41);
  latest().tells(42);
  expect(heard).toEqual([41, 42]);
  expect(states.at(-1)).toBe("live");
});

test("a server that sends away with 1013 is asked again at once, but not in a circle", async () => {
  latest().opens();
  latest().tells(7);
  latest().breaks(1013);
  expect(sockets).toHaveLength(2);
  expect(latest().since).toBe(7);
  latest().opens();
  latest().breaks(1013);
  expect(sockets).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sockets).toHaveLength(3);
});

test("attempts become rarer up to a limit, and a connection that stood starts them anew", async () => {
  for (const wait of [500, 1_000, 2_000, 4_000, 5_000, 5_000]) {
    latest().breaks();
    await vi.advanceTimersByTimeAsync(wait - 1);
    const before = sockets.length;
    await vi.advanceTimersByTimeAsync(1);
    expect(sockets).toHaveLength(before + 1);
  }
  latest().opens();
  await vi.advanceTimersByTimeAsync(5_000);
  latest().breaks();
  const before = sockets.length;
  await vi.advanceTimersByTimeAsync(500);
  expect(sockets).toHaveLength(before + 1);
});

test("delays are spread over half their length", () => {
  expect(backoff(0, 0)).toBe(250);
  expect(backoff(0, 1)).toBe(500);
  expect(backoff(30, 0)).toBe(2_500);
});

test.each([1008, 4401])("a session that is over (%i) and can't be renewed stops the connection", async (code) => {
  latest().opens();
  session = "ended";
  latest().breaks(code);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sockets).toHaveLength(1);
  expect(states.at(-1)).toBe("closed");
});

test("a refused handshake asks for the session, and goes on where it lives", async () => {
  latest().breaks();
  await vi.advanceTimersByTimeAsync(500);
  expect(sockets).toHaveLength(2);
});

test("what isn't understood breaks nothing", () => {
  latest().opens();
  for (const nonsense of ["{", "null", '"x"', '{"id":"1","event":"a","data":{}}', new Blob(), '{"id":3}']) {
    latest().says(nonsense);
  }
  latest().tells(1, "model:born");
  latest().tells(2);
  expect(heard).toEqual([1, 2]);
});

test("the network's return cuts the waiting short", async () => {
  for (let attempt = 0; attempt < 6; attempt += 1) {
    latest().breaks();
    await vi.advanceTimersByTimeAsync(20_000);
  }
  latest().breaks();
  await vi.advanceTimersByTimeAsync(100);
  const before = sockets.length;
  socket.hurry();
  expect(sockets).toHaveLength(before + 1);
  // What fails now is a new failure.
  latest().breaks();
  await vi.advanceTimersByTimeAsync(500);
  expect(sockets).toHaveLength(before + 2);
});

test("a stopped connection hears nothing and never comes back", async () => {
  latest().opens();
  const last = latest();
  socket.stop();
  last.tells(1);
  last.breaks();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(last.closed).toBe(true);
  expect(heard).toEqual([]);
  expect(sockets).toHaveLength(1);
});
