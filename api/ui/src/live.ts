// Progress, live: one WebSocket for the whole page, which comes back by itself and misses nothing.

import type { Losses, TrainingState } from './api';

export interface TrainingProgress {
  trainingId: string;
  status: TrainingState;
  progress: number;
  epoch?: number;
  step?: number;
  totalSteps?: number;
  losses?: Losses;
  learningRate?: number;
  stepsPerSecond?: number;
  etaSeconds?: number;
}

export interface Frame {
  id: number;
  event: string;
  data: Record<string, unknown>;
  at: string;
}

export type Connection = 'connecting' | 'live' | 'lost';

interface Socket {
  onopen: (() => void) | null;
  onmessage: ((message: { data: string }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  close(): void;
}

interface Options {
  url: string;
  onFrame: (frame: Frame) => void;
  onConnection: (connection: Connection) => void;
  /** The session is over, or the access cookie has expired: true where it could be renewed. */
  renew: () => Promise<boolean>;
  /** Called on the first connection: what happened before it has to be asked for. */
  onFirstOpen: () => void;
  open?: (url: string) => Socket;
  wait?: (milliseconds: number) => Promise<void>;
}

const SLOWEST_MS = 15_000;
/** RFC 6455: 1008 policy violation (the session is over), 1013 try again later (too slow). */
const SESSION_OVER = 1008;
const COME_BACK = 1013;

export class Live {
  private last: number | undefined;
  private socket: Socket | undefined;
  private failures = 0;
  private ended = false;
  private readonly options: Options;

  constructor(options: Options) {
    this.options = options;
    this.connect();
  }

  end() {
    this.ended = true;
    this.socket?.close();
  }

  private connect() {
    if (this.ended) return;
    this.options.onConnection('connecting');
    const { url, open = (address) => new WebSocket(address) as unknown as Socket } = this.options;
    const socket = open(this.last === undefined ? url : `${url}?since=${this.last}`);
    this.socket = socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.failures = 0;
      this.options.onConnection('live');
      if (this.last === undefined) this.options.onFirstOpen();
    };
    socket.onmessage = (message) => {
      const frame = JSON.parse(message.data) as Frame;
      if (this.last !== undefined && frame.id <= this.last) return;
      this.last = frame.id;
      this.options.onFrame(frame);
    };
    socket.onclose = ({ code }) => void this.comeBack(opened, code);
  }

  private async comeBack(opened: boolean, code: number) {
    if (this.ended) return;
    this.options.onConnection('lost');
    // A handshake that was refused says no status to a page: the session may be over.
    if (!opened || code === SESSION_OVER) {
      const renewed = await this.options.renew().catch(() => true);
      if (!renewed) return;
    }
    const { wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)) } = this.options;
    if (code !== COME_BACK) {
      const longest = Math.min(SLOWEST_MS, 500 * 2 ** this.failures++);
      await wait(longest * (0.5 + Math.random() / 2));
    }
    this.connect();
  }
}
