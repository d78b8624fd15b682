// The client, generated from the API's own description. The browser signs in by cookie; nothing is kept in the page.

import createClient, { type Middleware } from 'openapi-fetch';

import type { components, paths } from './schema';

export type User = components['schemas']['User'];
export type Dataset = components['schemas']['Dataset'];
export type Clip = components['schemas']['Clip'];
export type Training = components['schemas']['Training'];
export type TrainingState = components['schemas']['TrainingState'];
export type Losses = components['schemas']['Losses'];
export type MetricPoint = components['schemas']['MetricPoint'];
export type Checkpoint = components['schemas']['Checkpoint'];
export type Voice = components['schemas']['Voice'];
export type Synthesis = components['schemas']['Synthesis'];
type Problem = components['schemas']['Problem'];

/** A problem document, thrown. */
export class ApiError extends Error {
  readonly status: number;
  readonly fields: ReadonlyMap<string, string>;

  constructor(problem: Partial<Problem> & { status: number }) {
    super(problem.detail ?? `HTTP ${problem.status}`);
    this.status = problem.status;
    this.fields = new Map((problem.errors ?? []).map((error) => [error.pointer, error.detail]));
  }
}

type Fetch = (request: Request) => Promise<Response>;

/** Renews the session once where the access cookie has expired. Requests that meet meanwhile share one renewal. */
export function renewing(fetch: Fetch): Fetch {
  let renewal: Promise<boolean> | undefined;
  return async (request) => {
    const again = request.clone();
    const response = await fetch(request);
    if (response.status !== 401 || new URL(request.url).pathname.startsWith('/api/auth/')) return response;
    renewal ??= fetch(new Request(new URL('/api/auth/refresh', request.url), { method: 'POST' }))
      .then((renewed) => renewed.ok)
      .finally(() => (renewal = undefined));
    return (await renewal) ? fetch(again) : response;
  };
}

const refuse: Middleware = {
  async onResponse({ response }) {
    if (response.ok) return;
    const problem = response.headers.get('Content-Type')?.startsWith('application/problem+json')
      ? ((await response.json()) as Problem)
      : {};
    throw new ApiError({ ...problem, status: response.status });
  },
};

export const send = renewing((request) => globalThis.fetch(request));
export const api = createClient<paths>({ baseUrl: globalThis.location?.origin ?? '', fetch: send });
api.use(refuse);

/** The body of an answer that has one. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  if (data === undefined) throw new ApiError({ status: 500, detail: 'the answer is empty' });
  return data;
}

/** A fresh `Idempotency-Key`. */
export function idempotencyKey(): { 'Idempotency-Key': string } {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return { 'Idempotency-Key': [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('') };
}
