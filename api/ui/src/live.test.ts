import { expect, test, vi } from 'vitest';

import { type Frame, Live } from './live';

function stage() {
  const sockets: { url: string; onopen: () => void; onmessage: (m: { data: string }) => void; onclose: (e: { code: number }) => void; close: () => void }[] = [];
  const frames: Frame[] = [];
  const waits: number[] = [];
  const renew = vi.fn(async () => true);
  const onFirstOpen = vi.fn();
  const live = new Live({
    url: 'ws://test',
    onFrame: (frame) => frames.push(frame),
    onConnection: () => undefined,
    renew,
    onFirstOpen,
    open: (url) => {
      const socket = { url, onopen: () => undefined, onmessage: () => undefined, onclose: () => undefined, close: () => undefined };
      sockets.push(socket as (typeof sockets)[number]);
      return socket;
    },
    wait: async (milliseconds) => void waits.push(milliseconds),
  });
  const say = (id: number) => sockets.at(-1)!.onmessage({ data: JSON.stringify({ id, event: 'x:y', data: {}, at: '' }) });
  const drop = async (code = 1006) => {
    sockets.at(-1)!.onclose({ code });
    await new Promise((done) => setTimeout(done));
  };
  return { live, sockets, frames, waits, renew, onFirstOpen, say, drop };
}

test('it comes back with the id of the last event and drops doubles', async () => {
  const { sockets, frames, say, drop, onFirstOpen } = stage();
  expect(sockets[0]!.url).toBe('ws://test');
  sockets[0]!.onopen();
  say(4);
  say(7);
  await drop();
  expect(sockets[1]!.url).toBe('ws://test?since=7');
  sockets[1]!.onopen();
  say(7);
  say(8);
  expect(frames.map((frame) => frame.id)).toEqual([4, 7, 8]);
  expect(onFirstOpen).toHaveBeenCalledTimes(1);
});

test('it waits longer every time, and not at all where it was only too slow', async () => {
  const { sockets, waits, drop } = stage();
  for (let failure = 0; failure < 8; failure++) await drop();
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(250);
  expect(waits.at(-1)).toBeGreaterThan(waits[0]!);
  expect(Math.max(...waits)).toBeLessThanOrEqual(15_000);
  sockets.at(-1)!.onopen();
  const before = waits.length;
  await drop(1013);
  expect(waits.length).toBe(before);
});

test('where the session is over it renews once, and stays away where that fails', async () => {
  const { sockets, renew, drop } = stage();
  renew.mockResolvedValueOnce(false);
  await drop();
  expect(renew).toHaveBeenCalledTimes(1);
  expect(sockets.length).toBe(1);
});
