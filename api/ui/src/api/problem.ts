import type { components } from "./schema";

type Document = components["schemas"]["Problem"];

/** The error of a request: a problem document of the API, or no response at all (status 0). */
export class Problem extends Error {
  readonly status: number;
  /** The error of each invalid field, by the last part of its JSON pointer. */
  readonly fields: ReadonlyMap<string, string>;
  /** When to retry, in seconds, if the server sent it. */
  readonly retryAfter: number | undefined;
  /** What went wrong, as `{ code, params }`. */
  readonly details: unknown;

  constructor(
    status: number,
    detail: string,
    fields: ReadonlyMap<string, string> = new Map(),
    retryAfter: number | undefined = undefined,
    details: unknown = undefined,
  ) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.fields = fields;
    this.retryAfter = retryAfter;
    this.details = details;
  }

  /** Any other body, such as a proxy's error page, gives a problem with this status too. */
  static from(status: number, body: unknown, headers: Headers = new Headers()): Problem {
    const document = isDocument(body) ? body : undefined;
    const fields = new Map((document?.errors ?? []).map((error) => [error.pointer.replace(/^\//, ""), error.detail]));
    return new Problem(
      status,
      document?.detail ?? document?.title ?? "",
      fields,
      secondsIn(headers.get("Retry-After")),
      document,
    );
  }

  static unreachable(): Problem {
    return new Problem(0, "");
  }
}

/** A date, which proxies may send instead, is ignored. */
function secondsIn(retryAfter: string | null): number | undefined {
  return retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined;
}

function isDocument(body: unknown): body is Partial<Document> {
  return typeof body === "object" && body !== null && ("detail" in body || "title" in body);
}

/** Whatever is thrown without being a problem is a request without a response. */
export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : Problem.unreachable();
}
