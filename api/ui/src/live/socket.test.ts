import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { backoff, LiveSocket, type LiveState, type SocketLike } from "./socket";

/** A socket for which the test plays the server. */
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

  delivers(data: unknown) {
    this.onmessage?.call(this as unknown as WebSocket, new MessageEvent("message", { data }));
  }

  sends(id: number, event = "training:paused") {
    this.delivers(
      JSON.stringify({ id, event, data: { trainingId: "t", status: "paused" }, at: "2026-01-01T00:00:00Z" }),
    );
  }

  breaks(code = 1006) {
    this.onclose?.call(this as unknown as WebSocket, new CloseEvent("close", { code }));
  }
}

let sockets: FakeSocket[];
let received: number[];
let states: LiveState[];
let opened: number;
let session: "alive" | "ended" | "unreachable";
let socket: LiveSocket;

const latest = () => sockets.at(-1) as FakeSocket;

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  received = [];
  states = [];
  opened = 0;
  session = "alive";
  socket = new LiveSocket({
    open: (since) => {
      sockets.push(new FakeSocket(since));
      return latest();
    },
    checkSession: () => Promise.resolve(session),
    onEvent: ({ id }) => received.push(id),
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

test("every event is received once, in order", () => {
  latest().opens();
  for (const id of [4, 5, 5, 4, 9]) latest().sends(id);
  expect(received).toEqual([4, 5, 9]);
});

test("the first connection replays nothing, and what is on the screen is read again", () => {
  expect(latest().since).toBeUndefined();
  latest().opens();
  expect(opened).toBe(1);
  expect(states).toEqual(["connecting", "live"]);
});

test("a reconnection continues after the last event that was received", async () => {
  latest().opens();
  latest().sends(41);
  latest().breaks();
  expect(states.at(-1)).toBe("reconnecting");
  await vi.advanceTimersByTimeAsync(500);
  expect(sockets).toHaveLength(2);
  expect(latest().since).toBe(41);
  latest().opens();
  latest().sends(41);
  latest().sends(42);
  expect(received).toEqual([41, 42]);
  expect(states.at(-1)).toBe("live");
});

test("after a close with 1013 the page reconnects at once, but only once", async () => {
  latest().opens();
  latest().sends(7);
  latest().breaks(1013);
  expect(sockets).toHaveLength(2);
  expect(latest().since).toBe(7);
  latest().opens();
  latest().breaks(1013);
  expect(sockets).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sockets).toHaveLength(3);
});

test("delays grow up to a limit, and a stable connection resets them", async () => {
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

test.each([1008, 4401])("a session that has ended (%i) and can't be renewed stops the connection", async (code) => {
  latest().opens();
  session = "ended";
  latest().breaks(code);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sockets).toHaveLength(1);
  expect(states.at(-1)).toBe("closed");
});

test("a refused handshake checks the session, and reconnects if it is alive", async () => {
  latest().breaks();
  await vi.advanceTimersByTimeAsync(500);
  expect(sockets).toHaveLength(2);
});

test("unknown and malformed frames are ignored", () => {
  latest().opens();
  for (const frame of ["{", "null", '"x"', '{"id":"1","event":"a","data":{}}', new Blob(), '{"id":3}']) {
    latest().delivers(frame);
  }
  latest().sends(1, "model:unknown");
  latest().sends(2);
  expect(received).toEqual([1, 2]);
});

test("reconnectNow skips the delay", async () => {
  for (let attempt = 0; attempt < 6; attempt += 1) {
    latest().breaks();
    await vi.advanceTimersByTimeAsync(20_000);
  }
  latest().breaks();
  await vi.advanceTimersByTimeAsync(100);
  const before = sockets.length;
  socket.reconnectNow();
  expect(sockets).toHaveLength(before + 1);
  latest().breaks();
  await vi.advanceTimersByTimeAsync(500);
  expect(sockets).toHaveLength(before + 2);
});

test("a stopped connection receives nothing and never reconnects", async () => {
  latest().opens();
  const last = latest();
  socket.stop();
  last.sends(1);
  last.breaks();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(last.closed).toBe(true);
  expect(received).toEqual([]);
  expect(sockets).toHaveLength(1);
});
