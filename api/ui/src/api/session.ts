/** `unreachable` says nothing about the session itself. */
export type Renewal = "renewed" | "ended" | "unreachable";

interface Deps {
  /** Sends `POST /api/auth/refresh`. */
  renew: () => Promise<Response>;
  now: () => number;
  /** Keeps the access cookie's expiry over reloads. Scripts can't read the cookies themselves. */
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
}

const STORAGE_KEY = "avagar.accessUntil";
/** The cookie is renewed this long before it expires, so that audio and downloads, which can't retry, find it valid. */
const RENEWAL_MARGIN_MS = 60_000;
const RETRY_MS = 15_000;
/** Browsers fire longer timers at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Renews the session's access cookie before it expires. */
export class Session {
  private readonly deps: Deps;
  private renewing: Promise<Renewal> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly endListeners = new Set<() => void>();

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /** To be called after a sign-in; also called after every renewal. */
  start(expiresInSeconds: number): void {
    const until = this.deps.now() + expiresInSeconds * 1000;
    this.deps.storage.setItem(STORAGE_KEY, String(until));
    this.schedule(until - RENEWAL_MARGIN_MS);
  }

  /** To be called when a session from before the page's load is still alive. */
  resume(): void {
    if (this.timer === undefined) this.schedule(this.accessUntil() - RENEWAL_MARGIN_MS);
  }

  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.deps.storage.removeItem(STORAGE_KEY);
  }

  /** Concurrent callers share one request, because a refresh token can be used only once. */
  renew(): Promise<Renewal> {
    this.renewing ??= this.request().finally(() => {
      this.renewing = undefined;
    });
    return this.renewing;
  }

  /** Renews a cookie that expires soon: for uploads, which the server would refuse only after hours. */
  async renewIfExpiring(): Promise<void> {
    if (this.accessUntil() - this.deps.now() < 5 * RENEWAL_MARGIN_MS) await this.renew();
  }

  onEnd(listener: () => void): () => void {
    this.endListeners.add(listener);
    return () => this.endListeners.delete(listener);
  }

  private async request(): Promise<Renewal> {
    let response: Response;
    try {
      response = await this.deps.renew();
    } catch {
      this.schedule(this.deps.now() + RETRY_MS);
      return "unreachable";
    }
    if (response.ok) {
      const { expiresIn } = (await response.json()) as { expiresIn: number };
      this.start(expiresIn);
      return "renewed";
    }
    if (response.status === 401) {
      this.end();
      for (const listener of this.endListeners) listener();
      return "ended";
    }
    this.schedule(this.deps.now() + RETRY_MS);
    return "unreachable";
  }

  private accessUntil(): number {
    return Number(this.deps.storage.getItem(STORAGE_KEY)) || 0;
  }

  private schedule(at: number): void {
    clearTimeout(this.timer);
    const delay = Math.min(Math.max(at - this.deps.now(), 1_000), MAX_TIMER_MS);
    this.timer = setTimeout(() => void this.renew(), delay);
  }
}
