import { type LiveEvent, parseFrame } from "./events";

export type LiveState = "connecting" | "live" | "reconnecting" | "closed";

export type SocketLike = Pick<WebSocket, "close" | "onopen" | "onmessage" | "onclose">;

export interface Deps {
  /** Opens `/api/ws`; the server replays the events after `since` if it is given. */
  open: (since: number | undefined) => SocketLike;
  /** Whether the session is alive, renewing it if needed. Browsers don't report why a handshake failed. */
  checkSession: () => Promise<"alive" | "ended" | "unreachable">;
  onEvent: (event: LiveEvent) => void;
  onState: (state: LiveState) => void;
  /** A connection is open: what was read before may be out of date. */
  onOpen: () => void;
  /** From 0 to 1. */
  random: () => number;
  now: () => number;
}

/** The server asks for a new connection at once: this client was too slow, or the server is shutting down. */
const TRY_AGAIN = 1013;
/** The server closes the connection because the session has ended. */
const SESSION_ENDED = [1008, 4401];
const MIN_DELAY_MS = 500;
/** A restarted server is back within seconds, and users look at the page meanwhile. */
const MAX_DELAY_MS = 5_000;
/** After a connection this long, the next failure starts again with a short delay. */
const STABLE_MS = 5_000;

/** The delay before attempt `attempt` (from 0): doubling, and spread so that pages don't reconnect in step. */
export function backoff(attempt: number, random: number): number {
  const ceiling = Math.min(MIN_DELAY_MS * 2 ** attempt, MAX_DELAY_MS);
  return ceiling / 2 + (ceiling / 2) * random;
}

/** The connection to the server's events: in order, without duplicates, resumed after the last event received. */
export class LiveSocket {
  private readonly deps: Deps;
  private socket: SocketLike | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lastId: number | undefined;
  private attempt = 0;
  private openedAt: number | undefined;
  private stopped = true;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  start(): void {
    this.stopped = false;
    this.deps.onState("connecting");
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.closeSocket();
    this.deps.onState("closed");
  }

  /** Skips the delay before the next attempt, as when the network or the user is back. */
  reconnectNow(): void {
    if (this.timer === undefined || this.stopped) return;
    clearTimeout(this.timer);
    this.attempt = 0;
    this.connect();
  }

  private connect(): void {
    this.timer = undefined;
    this.openedAt = undefined;
    const socket = this.deps.open(this.lastId);
    this.socket = socket;
    socket.onopen = () => {
      this.openedAt = this.deps.now();
      this.deps.onState("live");
      this.deps.onOpen();
    };
    socket.onmessage = ({ data }) => this.receive(data);
    socket.onclose = ({ code }) => {
      this.closeSocket();
      void this.handleClose(code);
    };
  }

  private receive(data: unknown): void {
    const event = parseFrame(data);
    if (event === undefined) return;
    if (this.lastId !== undefined && event.id <= this.lastId) return;
    this.lastId = event.id;
    this.deps.onEvent(event);
  }

  private async handleClose(code: number): Promise<void> {
    if (this.stopped) return;
    this.deps.onState("reconnecting");
    const uptime = this.openedAt === undefined ? undefined : this.deps.now() - this.openedAt;
    if (uptime !== undefined && uptime >= STABLE_MS) this.attempt = 0;
    // At once, but only once: a server that refuses every new connection must not be called in a loop.
    if (code === TRY_AGAIN && this.attempt === 0) {
      this.attempt = 1;
      this.connect();
      return;
    }
    if (uptime === undefined || SESSION_ENDED.includes(code)) {
      const session = await this.deps.checkSession();
      if (this.stopped) return;
      if (session === "ended") {
        this.stop();
        return;
      }
    }
    this.timer = setTimeout(() => this.connect(), backoff(this.attempt, this.deps.random()));
    this.attempt += 1;
  }

  /** Closes the socket and ignores whatever it still delivers. */
  private closeSocket(): void {
    const socket = this.socket;
    this.socket = undefined;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
