import { expect, test, vi } from 'vitest';

import { renewing } from './api';

test('requests that meet an expired session share one renewal', async () => {
  let valid = false;
  const fetch = vi.fn(async (request: Request) => {
    if (request.url.endsWith('/refresh')) {
      await new Promise((done) => setTimeout(done, 5));
      valid = true;
      return new Response('{}');
    }
    return new Response('{}', { status: valid ? 200 : 401 });
  });
  const send = renewing(fetch);
  const answers = await Promise.all(['a', 'b', 'c'].map((name) => send(new Request(`http://test/api/${name}`))));
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
  expect(fetch.mock.calls.filter(([request]) => request.url.endsWith('/refresh')).length).toBe(1);
});

test('a wrong password is not taken for an expired session', async () => {
  const fetch = vi.fn(async () => new Response('{}', { status: 401 }));
  expect((await renewing(fetch)(new Request('http://test/api/auth/login', { method: 'POST' }))).status).toBe(401);
  expect(fetch).toHaveBeenCalledTimes(1);
});
