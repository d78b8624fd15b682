/** How an attempt to renew the session ended. `unreachable` says nothing about the session itself. */
export type Renewal = "renewed" | "ended" | "unreachable";

interface Surroundings {
  /** `POST /api/auth/refresh`. */
  renew: () => Promise<Response>;
  now: () => number;
  /** Remembers until when the access cookie lives, over reloads. Only the time; the cookies are out of scripts' reach. */
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
}

const STORAGE_KEY = "avagar.accessUntil";
/** The cookie is renewed this long before its end, so that audio and downloads, which can't retry, find it valid. */
const MARGIN_MS = 60_000;
const RETRY_MS = 15_000;
/** Longer timers overflow in browsers. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Keeps the session's short access cookie fresh. It never sees a token. */
export class Session {
  private readonly surroundings: Surroundings;
  private renewing: Promise<Renewal> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly endListeners = new Set<() => void>();

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
  }

  /** Someone signed in, or the session was renewed: the access cookie lives for so long. */
  began(expiresInSeconds: number): void {
    const until = this.surroundings.now() + expiresInSeconds * 1000;
    this.surroundings.storage.setItem(STORAGE_KEY, String(until));
    this.schedule(until - MARGIN_MS);
  }

  /** A session was found at the page's start: go on renewing it. */
  found(): void {
    if (this.timer === undefined) this.schedule(this.accessUntil() - MARGIN_MS);
  }

  /** Nobody is signed in any more. */
  over(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.surroundings.storage.removeItem(STORAGE_KEY);
  }

  /** Renews now; callers at the same time share one request, since a refresh token counts once. */
  renew(): Promise<Renewal> {
    this.renewing ??= this.request().finally(() => {
      this.renewing = undefined;
    });
    return this.renewing;
  }

  /** Renews unless the cookie lives for a while yet: before an upload of hours, whose refusal would come late. */
  async freshen(): Promise<void> {
    if (this.accessUntil() - this.surroundings.now() < 5 * MARGIN_MS) await this.renew();
  }

  onEnd(listener: () => void): () => void {
    this.endListeners.add(listener);
    return () => this.endListeners.delete(listener);
  }

  private async request(): Promise<Renewal> {
    let response: Response;
    try {
      response = await this.surroundings.renew();
    } catch {
      this.schedule(this.surroundings.now() + RETRY_MS);
      return "unreachable";
    }
    if (response.ok) {
      const { expiresIn } = (await response.json()) as { expiresIn: number };
      this.began(expiresIn);
      return "renewed";
    }
    if (response.status === 401) {
      this.over();
      for (const listener of this.endListeners) listener();
      return "ended";
    }
    this.schedule(this.surroundings.now() + RETRY_MS);
    return "unreachable";
  }

  private accessUntil(): number {
    return Number(this.surroundings.storage.getItem(STORAGE_KEY)) || 0;
  }

  private schedule(at: number): void {
    clearTimeout(this.timer);
    const delay = Math.min(Math.max(at - this.surroundings.now(), 1_000), LONGEST_TIMER_MS);
    this.timer = setTimeout(() => void this.renew(), delay);
  }
}
