import { type LiveEvent, parseFrame } from "./events";

export type LiveState = "connecting" | "live" | "reconnecting" | "closed";

/** What is needed of a WebSocket. */
export type SocketLike = Pick<WebSocket, "close" | "onopen" | "onmessage" | "onclose">;

export interface Surroundings {
  /** Opens `/api/ws`, replaying what came after `since` where it is given. */
  open: (since: number | undefined) => SocketLike;
  /** Whether the session is alive, renewing it where that helps. A browser doesn't tell why a handshake failed. */
  checkSession: () => Promise<"alive" | "ended" | "unreachable">;
  onEvent: (event: LiveEvent) => void;
  onState: (state: LiveState) => void;
  /** A connection stands: what was read before may be out of date. */
  onOpen: () => void;
  /** From 0 to 1. */
  random: () => number;
  now: () => number;
}

/** The server's "come back at once": this reader was too slow, or the server is going away. */
const TRY_AGAIN = 1013;
/** The server's "your session is over". */
const SESSION_OVER = [1008, 4401];
const FIRST_DELAY_MS = 500;
/** A server that was restarted is back within seconds, and people look at the page meanwhile. */
const LONGEST_DELAY_MS = 5_000;
/** A connection that stood for so long was a good one: the next failure starts again with a short delay. */
const STEADY_MS = 5_000;

/** How long to wait before attempt `attempt` (from 0): doubling, and spread so that pages don't return in step. */
export function backoff(attempt: number, random: number): number {
  const ceiling = Math.min(FIRST_DELAY_MS * 2 ** attempt, LONGEST_DELAY_MS);
  return ceiling / 2 + (ceiling / 2) * random;
}

/** The one connection to the server's events: in order, without doubles, resumed where it broke. */
export class LiveSocket {
  private readonly surroundings: Surroundings;
  private socket: SocketLike | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lastId: number | undefined;
  private attempt = 0;
  private openedAt: number | undefined;
  private stopped = true;

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
  }

  start(): void {
    this.stopped = false;
    this.surroundings.onState("connecting");
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.drop();
    this.surroundings.onState("closed");
  }

  /** The network or the person came back: don't sit out the delay. */
  hurry(): void {
    if (this.timer === undefined || this.stopped) return;
    clearTimeout(this.timer);
    this.attempt = 0;
    this.connect();
  }

  private connect(): void {
    this.timer = undefined;
    this.openedAt = undefined;
    const socket = this.surroundings.open(this.lastId);
    this.socket = socket;
    socket.onopen = () => {
      this.openedAt = this.surroundings.now();
      this.surroundings.onState("live");
      this.surroundings.onOpen();
    };
    socket.onmessage = ({ data }) => this.receive(data);
    socket.onclose = ({ code }) => {
      this.drop();
      void this.recover(code);
    };
  }

  private receive(data: unknown): void {
    const event = parseFrame(data);
    if (event === undefined) return;
    if (this.lastId !== undefined && event.id <= this.lastId) return;
    this.lastId = event.id;
    this.surroundings.onEvent(event);
  }

  private async recover(code: number): Promise<void> {
    if (this.stopped) return;
    this.surroundings.onState("reconnecting");
    const stood = this.openedAt === undefined ? undefined : this.surroundings.now() - this.openedAt;
    if (stood !== undefined && stood >= STEADY_MS) this.attempt = 0;
    // At once, but not in a circle: a connection that is sent away as soon as it stands waits like any other.
    if (code === TRY_AGAIN && this.attempt === 0) {
      this.attempt = 1;
      this.connect();
      return;
    }
    if (stood === undefined || SESSION_OVER.includes(code)) {
      const session = await this.surroundings.checkSession();
      if (this.stopped) return;
      if (session === "ended") {
        this.stop();
        return;
      }
    }
    this.timer = setTimeout(() => this.connect(), backoff(this.attempt, this.surroundings.random()));
    this.attempt += 1;
  }

  /** Lets go of a socket; nothing that it still delivers counts. */
  private drop(): void {
    const socket = this.socket;
    this.socket = undefined;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
