import { errorMessage } from "../core/errors.js";
import type { Clock, Timer } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { type Link, type Listener, type Transport, TransportError } from "../platform/transport.js";
import { TIMERS } from "./limits.js";

export interface PortListenerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly host: string | undefined;
  readonly port: number;
  /** Fail if the port is in use, instead of waiting for it. */
  readonly failIfTaken: boolean;
  readonly accept: (link: Link) => void;
  /** At the first attempt or a later one. */
  readonly onBound?: (port: number) => void;
}

const BACKLOG = 50;
const LOG_EVERY_MS = 60_000;

/** The P2P port. While it is in use it is tried again, so that a new process can take over from an old one (spec/08 §3.3). */
export class PortListener {
  private readonly options: PortListenerOptions;
  private listener: Listener | null = null;
  private retry: Timer | null = null;
  private loggedMs: number | null = null;
  private isStopped = false;

  constructor(options: PortListenerOptions) {
    this.options = options;
  }

  /** Null until it is bound. */
  get boundPort(): number | null {
    return this.listener?.port ?? null;
  }

  /** Resolves after the first attempt. @throws TransportError if it fails and must not be tried again */
  async start(): Promise<void> {
    this.isStopped = false;
    await this.bind(true);
  }

  /** Tries again now, if it is waiting. */
  async tryNow(): Promise<void> {
    if (this.retry === null || this.listener !== null || this.isStopped) return;
    this.retry.cancel();
    await this.bind(false);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.retry?.cancel();
    const { listener } = this;
    this.listener = null;
    await listener?.close();
  }

  private async bind(isFirst: boolean): Promise<void> {
    const { transport, clock, host, port, accept, failIfTaken } = this.options;
    try {
      const where = host === undefined ? {} : { host };
      const listener = await transport.listen({ port, backlog: BACKLOG, ...where }, accept);
      if (this.isStopped) await listener.close();
      else {
        this.listener = listener;
        this.options.onBound?.(listener.port);
      }
    } catch (error) {
      const isTaken = error instanceof TransportError && error.code === "TRANSPORT_PORT_TAKEN";
      if (isFirst && (failIfTaken || !isTaken)) throw error;
      this.complain(error);
      if (!this.isStopped) this.retry = clock.after(TIMERS.bindRetry, () => void this.bind(false));
    }
  }

  private complain(error: unknown): void {
    const { clock, log, port } = this.options;
    const nowMs = clock.monotonicMs();
    if (this.loggedMs !== null && nowMs - this.loggedMs < LOG_EVERY_MS) return;
    this.loggedMs = nowMs;
    log.warn({ port, reason: errorMessage(error) }, `port ${port} for other nodes cannot be bound; trying again`);
  }
}
