import createClient from "openapi-fetch";
import { Problem } from "./problem";
import type { components, paths } from "./schema";
import { Session } from "./session";

export type Schemas = components["schemas"];

export const session = new Session({
  renew: () => fetch("/api/auth/refresh", { method: "POST" }),
  now: Date.now,
  storage: localStorage,
});

/** A 401 of these is about the credentials or the refresh token, so renewing the session is no use. */
const PATHS_WITHOUT_RENEWAL = ["/api/auth/login", "/api/auth/register", "/api/auth/refresh"];

async function fetchRenewing(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await fetch(request);
  if (response.status !== 401 || PATHS_WITHOUT_RENEWAL.includes(new URL(request.url).pathname)) return response;
  return (await session.renew()) === "renewed" ? fetch(again) : response;
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: fetchRenewing });

/** The body of a successful response; anything else is thrown as a {@link Problem}. */
export async function unwrap<T>(
  request: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<NonNullable<T>> {
  const { data, error, response } = await send(request);
  if (!response.ok || data === undefined || data === null) throw Problem.from(response.status, error, response.headers);
  return data;
}

/** For responses without a body. */
export async function unwrapEmpty(request: Promise<{ error?: unknown; response: Response }>): Promise<void> {
  const { error, response } = await send(request);
  if (!response.ok) throw Problem.from(response.status, error, response.headers);
}

async function send<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch {
    throw Problem.unreachable();
  }
}

/** Fetches a file for players, which wouldn't renew the session themselves. */
export async function fetchBlob(url: string, signal: AbortSignal): Promise<Blob> {
  const response = await send(fetchRenewing(new Request(url, { signal })));
  if (!response.ok) throw Problem.from(response.status, undefined, response.headers);
  return send(response.blob());
}
