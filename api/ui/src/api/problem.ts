import type { components } from "./schema";

type Document = components["schemas"]["Problem"];

/** A refusal of the API, or its absence (status 0). Everything that a request can end in besides its answer. */
export class Problem extends Error {
  readonly status: number;
  /** What was wrong with each field, by the last part of its JSON pointer. */
  readonly fields: ReadonlyMap<string, string>;
  /** When to ask again, in seconds, where the server said so. */
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    detail: string,
    fields: ReadonlyMap<string, string> = new Map(),
    retryAfter: number | undefined = undefined,
  ) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.fields = fields;
    this.retryAfter = retryAfter;
  }

  /** Reads a problem document; a body that is none (a proxy's page, say) still gives a problem of this status. */
  static from(status: number, body: unknown, headers: Headers = new Headers()): Problem {
    const document = isDocument(body) ? body : undefined;
    const fields = new Map((document?.errors ?? []).map((error) => [error.pointer.replace(/^\//, ""), error.detail]));
    return new Problem(
      status,
      document?.detail ?? document?.title ?? "",
      fields,
      secondsIn(headers.get("Retry-After")),
    );
  }

  static unreachable(): Problem {
    return new Problem(0, "");
  }
}

/** Proxies may write a date there instead, which is as good as nothing. */
function secondsIn(retryAfter: string | null): number | undefined {
  return retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined;
}

function isDocument(body: unknown): body is Partial<Document> {
  return typeof body === "object" && body !== null && ("detail" in body || "title" in body);
}

/** What went wrong, as a problem: whatever is thrown without being one is a request that got no answer. */
export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : Problem.unreachable();
}
