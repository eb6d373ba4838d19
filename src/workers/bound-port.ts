import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Clock, Timer } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { WorkerPortError } from "./errors.js";
import { TIMERS } from "./limits.js";

export interface PortAddress {
  /** 0 for any free one. */
  readonly port: number;
  /** All addresses of the machine by default. */
  readonly host?: string;
  /**
   * If the port is in use: wait until it is free, so that a new process can be started beside an old one and takes over when
   * that ends (spec/11 §1, the default); take the next free one, at most 100 further on; or fail.
   */
  readonly ifTaken?: "wait" | "next" | "fail";
  /** Further ones are closed at once; no limit by default. */
  readonly mostConnections?: number | null;
}

const OTHER_PORTS = 100;
/** A port that stays taken is told of once a minute. */
const TRIES_PER_LOG = 60_000 / TIMERS.bindRetry;

/** A listening socket, and the patience to get its port. Sockets it accepted are the caller's. */
export class BoundPort {
  private readonly options: PortAddress;
  private readonly clock: Clock;
  private readonly log: Logger;
  private readonly accept: (socket: Socket) => void;
  private server: Server | null = null;
  private retry: { readonly timer: Timer; readonly cancelled: () => void } | null = null;
  private isStopped = false;

  constructor(options: PortAddress, modules: { clock: Clock; log: Logger; accept: (socket: Socket) => void }) {
    this.options = options;
    this.clock = modules.clock;
    this.log = modules.log;
    this.accept = modules.accept;
  }

  /** The port that is bound; null before and after. */
  get boundPort(): number | null {
    return (this.server?.address() as AddressInfo | null)?.port ?? null;
  }

  /** Resolves with the port once it is bound. @throws WorkerPortError */
  async start(): Promise<number> {
    const { ifTaken = "wait", port } = this.options;
    const last = ifTaken === "next" ? Math.min(65_535, port + OTHER_PORTS) : port;
    for (let candidate = port, tries = 0; ; ) {
      if (this.isStopped) throw new WorkerPortError("stopped while waiting", { code: "WORKER_PORT_STOPPED", port });
      if (await this.bind(candidate)) return this.boundPort!;
      if (ifTaken === "wait") {
        if (tries++ % TRIES_PER_LOG === 0)
          this.log.warn({ port }, `port ${port} for miners or browsers is in use; waiting for it`);
        await this.waitForRetry();
      } else if (++candidate > last) {
        const range = last === port ? `port ${port} is` : `ports ${port} to ${last} are all`;
        throw new WorkerPortError(`${range} in use`, { code: "WORKER_PORT_TAKEN", port });
      }
    }
  }

  /** Resolves when the last socket that it accepted is closed. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.retry?.timer.cancel();
    this.retry?.cancelled();
    const { server } = this;
    this.server = null;
    if (server !== null) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** False if the port is in use. @throws WorkerPortError if the operating system refuses for another reason. */
  private bind(port: number): Promise<boolean> {
    const { host, mostConnections = null } = this.options;
    const server = createServer({ allowHalfOpen: true, noDelay: true }, this.accept);
    if (mostConnections !== null) {
      server.maxConnections = mostConnections;
      server.on("drop", () => {
        this.log.warn(
          { port, mostConnections },
          "a connection was turned away: the machine has no file descriptors for more",
        );
      });
    }
    return new Promise((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "EADDRINUSE") resolve(false);
        else {
          const data = { code: "WORKER_PORT_REFUSED", port } as const;
          reject(new WorkerPortError(`cannot listen on ${host ?? "*"}:${port}: ${error.code}`, data, { cause: error }));
        }
      });
      server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
        server.removeAllListeners("error");
        server.on("error", (error) => this.log.error({ err: error }, "the worker port failed"));
        this.server = server;
        if (!this.isStopped) resolve(true);
        else this.stop().then(() => resolve(false), reject);
      });
    });
  }

  private waitForRetry(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.clock.after(TIMERS.bindRetry, resolve);
      this.retry = { timer, cancelled: resolve };
    });
  }
}
