import { type AddressInfo, createServer, connect as open, type Socket } from "node:net";
import type { Clock, Timer } from "./clock.js";
import {
  CLOSE_GRACE_MS,
  type ConnectOptions,
  type Endpoint,
  type Link,
  type LinkHandlers,
  type Listener,
  type ListenOptions,
  plainHost,
  type Transport,
  TransportError,
} from "./transport.js";

export interface TcpTransportOptions {
  readonly clock: Clock;
  /** Address that outgoing connections come from; the operating system's choice by default. */
  readonly localAddress?: string;
}

/** TCP of the operating system, without delay for small writes and without keep-alive (spec/09 §5.1). */
export class TcpTransport implements Transport {
  private readonly options: TcpTransportOptions;

  constructor(options: TcpTransportOptions) {
    this.options = options;
  }

  connect({ host, port }: Endpoint, { timeoutMs, signal }: ConnectOptions): Promise<Link> {
    const { clock, localAddress } = this.options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(aborted());
      const local = localAddress === undefined ? {} : { localAddress };
      const socket = open({ host, port, noDelay: true, ...local });
      const settle = (): void => {
        timer.cancel();
        signal?.removeEventListener("abort", onAbort);
        socket.removeListener("error", onError);
        socket.removeListener("connect", onConnect);
      };
      const fail = (error: TransportError): void => {
        settle();
        socket.on("error", ignore);
        socket.destroy();
        reject(error);
      };
      const onAbort = (): void => fail(aborted());
      const onError = (error: NodeJS.ErrnoException): void => {
        const text = `cannot connect to ${host}:${port}: ${error.code ?? error.message}`;
        fail(new TransportError(text, { code: "TRANSPORT_REFUSED" }, { cause: error }));
      };
      const onConnect = (): void => {
        settle();
        resolve(new TcpLink(socket, clock));
      };
      const timer = clock.after(timeoutMs, () =>
        fail(new TransportError(`no answer from ${host}:${port}`, { code: "TRANSPORT_TIMEOUT" })),
      );
      signal?.addEventListener("abort", onAbort, { once: true });
      socket.once("error", onError);
      socket.once("connect", onConnect);
    });
  }

  listen({ host, port, backlog }: ListenOptions, accept: (link: Link) => void): Promise<Listener> {
    const { clock } = this.options;
    const server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
      // The other side may be gone before anybody looks.
      if (socket.remoteAddress === undefined) socket.destroy();
      else accept(new TcpLink(socket, clock));
    });
    return new Promise((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) => {
        const code = error.code === "EADDRINUSE" ? "TRANSPORT_PORT_TAKEN" : "TRANSPORT_REFUSED";
        const text = `cannot listen on ${host ?? "*"}:${port}: ${error.code ?? error.message}`;
        reject(new TransportError(text, { code }, { cause: error }));
      });
      const address = host === undefined ? {} : { host };
      server.listen({ port, ...address, ...(backlog === undefined ? {} : { backlog }) }, () => {
        server.removeAllListeners("error");
        // What fails later is one connection that could not be accepted, for lack of descriptors.
        server.on("error", ignore);
        resolve({
          port: (server.address() as AddressInfo).port,
          close: () => new Promise((closed) => server.close(() => closed())),
        });
      });
    });
  }
}

class TcpLink implements Link {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  private readonly socket: Socket;
  private readonly clock: Clock;
  private reason = "closed by the other side";
  private waited = false;
  private grace: Timer | null = null;

  constructor(socket: Socket, clock: Clock) {
    this.socket = socket;
    this.clock = clock;
    this.remote = { host: plainHost(socket.remoteAddress ?? ""), port: socket.remotePort ?? 0 };
    this.local = { host: plainHost(socket.localAddress ?? ""), port: socket.localPort ?? 0 };
    socket.pause();
    socket.on("error", (error) => {
      this.reason = error.message;
    });
    socket.on("close", () => this.grace?.cancel());
  }

  get unsent(): number {
    return this.socket.writableLength;
  }

  open(handlers: LinkHandlers): void {
    const { socket } = this;
    const closed = (): void => handlers.closed(this.reason);
    if (socket.destroyed) {
      // Its close event may be over.
      if (socket.closed) process.nextTick(closed);
      else socket.once("close", closed);
      return;
    }
    // No Buffer: its `slice` copies nothing, and whoever keeps some bytes of a chunk would keep all of it.
    socket.on("data", ({ buffer, byteOffset, length }: Buffer) =>
      handlers.received(new Uint8Array(buffer, byteOffset, length)),
    );
    socket.once("close", closed);
    this.drained = () => handlers.drained();
    socket.resume();
  }

  private drained: () => void = ignore;

  write(bytes: Uint8Array): void {
    const { socket } = this;
    if (socket.destroyed || socket.writableEnded) return;
    // Not the drain event: it comes only if the buffer had been full.
    socket.write(bytes, () => {
      if (!this.waited || socket.writableLength > 0 || socket.destroyed) return;
      this.waited = false;
      this.drained();
    });
    this.waited ||= socket.writableLength > 0;
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    if (!this.socket.destroyed) this.socket.resume();
  }

  close(): void {
    const { socket } = this;
    if (socket.destroyed || this.grace !== null) return;
    this.reason = "closed by us";
    this.grace = this.clock.after(CLOSE_GRACE_MS, () => this.abort());
    socket.end(() => socket.destroy());
  }

  abort(): void {
    const { socket } = this;
    if (socket.destroyed) return;
    this.reason = "closed by us";
    // The system refuses to reset what is being shut down, and Node forgets such a socket without closing it: it stays open, and
    // nobody is told. Its output has left by then.
    if (socket.writableEnded && socket.writableLength === 0) socket.destroy();
    else socket.resetAndDestroy();
  }
}

function aborted(): TransportError {
  return new TransportError("connecting was given up", { code: "TRANSPORT_ABORTED" });
}

function ignore(): void {}
