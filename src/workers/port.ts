import type { Server as HttpServer, RequestListener } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Clock, Timer } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { addressOf, isExemptAddress } from "../platform/socket-address.js";
import { Admission } from "./admission.js";
import { WorkerPortError } from "./errors.js";
import { createHttpSide } from "./http.js";
import { LIMITS, type Limits, TIMERS } from "./limits.js";

export interface WorkerPortOptions {
  /** 0 for any free one. */
  readonly port: number;
  /** All addresses of the machine by default. */
  readonly host?: string;
  /**
   * If the port is in use: wait until it is free, so that a new process can be started beside an old one and takes over when
   * that ends (spec/11 §1, the default); take the next free one, at most 100 further on; or fail.
   */
  readonly ifTaken?: "wait" | "next" | "fail";
  /** Takes over sockets that speak Stratum, from their first byte on. */
  readonly stratum: { handle(socket: Socket): void };
  /** Answers everything else. */
  readonly http: RequestListener;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits?: Limits;
  /** Milliseconds an HTTP request may take to arrive; 30 s. Enforced on real time. */
  readonly httpRequestMs?: number;
}

const OPEN_BRACE = 0x7b;
const TLS_HANDSHAKE = 0x16;
const BLANKS: ReadonlySet<number> = new Set([0x0d, 0x0a, 0x20, 0x09]);
const OTHER_PORTS = 100;

/**
 * The one port for miners and browsers: the first byte of a connection decides its protocol (spec/11 §1). Not bound before
 * `start` has resolved; after `stop` has resolved no socket of it is left, Stratum's own excepted, which its server closes.
 */
export class WorkerPort {
  private readonly options: WorkerPortOptions;
  private readonly limits: Limits;
  private readonly admission: Admission;
  private readonly httpSide: HttpServer;
  /** Not yet decided ones, and their deadlines. */
  private readonly undecided = new Map<Socket, Timer>();
  private readonly httpSockets = new Set<Socket>();
  private readonly httpPerAddress = new Map<string, number>();
  private readonly tlsLogged = new Set<string>();
  private server: Server | null = null;
  private retry: { readonly timer: Timer; readonly cancelled: () => void } | null = null;
  private isStopped = false;

  constructor(options: WorkerPortOptions) {
    this.options = options;
    this.limits = options.limits ?? LIMITS;
    this.admission = new Admission({ limits: this.limits });
    this.httpSide = createHttpSide({
      limits: this.limits,
      requestMs: options.httpRequestMs ?? TIMERS.httpRequest,
      application: options.http,
    });
  }

  /** The port that is bound; null before and after. */
  get boundPort(): number | null {
    return (this.server?.address() as AddressInfo | null)?.port ?? null;
  }

  /** Resolves with the port once it is bound. @throws WorkerPortError */
  async start(): Promise<number> {
    const { ifTaken = "wait", log, port } = this.options;
    const last = ifTaken === "next" ? Math.min(65_535, port + OTHER_PORTS) : port;
    for (let candidate = port, isLogged = false; ; ) {
      if (this.isStopped) throw new WorkerPortError("stopped while waiting", { code: "WORKER_PORT_STOPPED", port });
      if (await this.bind(candidate)) return this.boundPort!;
      if (ifTaken === "wait") {
        if (!isLogged) log.warn({ port }, "the worker port is in use; waiting for it");
        isLogged = true;
        await this.waitForRetry();
      } else if (++candidate > last) {
        const range = last === port ? `port ${port} is` : `ports ${port} to ${last} are all`;
        throw new WorkerPortError(`${range} in use`, { code: "WORKER_PORT_TAKEN", port });
      }
    }
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.retry?.timer.cancel();
    this.retry?.cancelled();
    const { server } = this;
    this.server = null;
    const closed = server === null ? null : new Promise<void>((resolve) => server.close(() => resolve()));
    for (const [socket, timer] of this.undecided) {
      timer.cancel();
      socket.destroy();
    }
    this.undecided.clear();
    // Its time-out check ends with this; it never listened, so there is nothing else to close.
    this.httpSide.close(() => {});
    for (const socket of this.httpSockets) socket.destroy();
    await closed;
  }

  /** False if the port is in use. @throws WorkerPortError if the operating system refuses for another reason. */
  private bind(port: number): Promise<boolean> {
    const { host, log } = this.options;
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.accepted(socket));
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
        server.on("error", (error) => log.error({ err: error }, "the worker port failed"));
        this.server = server;
        if (!this.isStopped) resolve(true);
        else this.stop().then(() => resolve(false), reject);
      });
    });
  }

  private waitForRetry(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.options.clock.after(TIMERS.bindRetry, resolve);
      this.retry = { timer, cancelled: resolve };
    });
  }

  private accepted(socket: Socket): void {
    const { clock } = this.options;
    socket.on("error", ignore);
    const delayMs = this.admission.delayMs(addressOf(socket), clock.monotonicMs());
    if (this.undecided.size >= this.limits.connections) socket.destroy();
    else if (delayMs === 0) this.listen(socket);
    else {
      const forget = (): void => this.decided(socket);
      socket.once("close", forget);
      const timer = clock.after(delayMs, () => {
        socket.removeListener("close", forget);
        this.listen(socket);
      });
      this.undecided.set(socket, timer);
    }
  }

  /** Waits for the byte that decides. */
  private listen(socket: Socket): void {
    let skipped = 0;
    const forget = (): void => this.decided(socket);
    const read = (chunk: Buffer): void => {
      let blanks = 0;
      while (blanks < chunk.length && BLANKS.has(chunk[blanks]!)) blanks++;
      skipped += blanks;
      if (skipped > this.limits.leadingBytes) socket.destroy();
      else if (blanks < chunk.length) {
        socket.removeListener("data", read);
        socket.removeListener("end", ended);
        socket.removeListener("close", forget);
        this.decided(socket);
        socket.pause();
        socket.unshift(chunk.subarray(blanks));
        this.dispatch(socket, chunk[blanks]!);
      }
    };
    const ended = (): void => {
      socket.destroy();
    };
    this.undecided.set(
      socket,
      this.options.clock.after(TIMERS.firstByte, () => socket.destroy()),
    );
    socket.on("data", read);
    socket.once("end", ended);
    socket.once("close", forget);
  }

  private decided(socket: Socket): void {
    this.undecided.get(socket)?.cancel();
    this.undecided.delete(socket);
  }

  private dispatch(socket: Socket, first: number): void {
    if (first === TLS_HANDSHAKE) {
      this.refuseTls(socket);
      return;
    }
    if (first === OPEN_BRACE) this.options.stratum.handle(socket);
    else this.handleHttp(socket);
    socket.removeListener("error", ignore);
    // Both have begun to read by now; what was put back comes first.
    socket.resume();
  }

  private handleHttp(socket: Socket): void {
    const address = addressOf(socket);
    const fromAddress = this.httpPerAddress.get(address) ?? 0;
    const isTooMany = fromAddress >= this.limits.httpConnectionsPerAddress && !isExemptAddress(address);
    if (this.httpSockets.size >= this.limits.httpConnections || isTooMany) {
      socket.on("error", ignore);
      socket.destroy();
      return;
    }
    this.httpSockets.add(socket);
    this.httpPerAddress.set(address, fromAddress + 1);
    socket.once("close", () => {
      this.httpSockets.delete(socket);
      const left = (this.httpPerAddress.get(address) ?? 1) - 1;
      if (left > 0) this.httpPerAddress.set(address, left);
      else this.httpPerAddress.delete(address);
    });
    this.httpSide.emit("connection", socket);
  }

  private refuseTls(socket: Socket): void {
    const address = addressOf(socket);
    socket.destroy();
    if (this.tlsLogged.has(address) || this.tlsLogged.size >= this.limits.addressesRemembered) return;
    this.tlsLogged.add(address);
    this.options.log.warn({ address }, "a client tried TLS on the worker port, which has no certificate");
  }
}

function ignore(): void {}
