import type { Server as HttpServer } from "node:http";
import type { Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import type { AddressRanges } from "../platform/address-ranges.js";
import type { Clock, Timer } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { addressOf, isExemptAddress, setAddress } from "../platform/socket-address.js";
import { Admission } from "./admission.js";
import type { Bans } from "./bans.js";
import { type Limits, TIMERS } from "./limits.js";
import type { MinerService } from "./miner-service.js";
import { PROXY_HEADER_MAX, readProxyHeader } from "./proxy-header.js";

export interface ProtocolSwitchOptions {
  /** Takes over sockets that speak Stratum, from their first byte on. */
  readonly stratum: Pick<MinerService, "handle">;
  /** Never listens itself; sockets are handed in with `emit("connection")`. */
  readonly http: HttpServer;
  /** Certificate for those who speak TLS; null to refuse them. Asked for each connection. */
  readonly secureContext: () => SecureContext | null;
  /** Load balancers that begin each connection with a PROXY header. */
  readonly proxies: AddressRanges;
  readonly bans: Bans;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: Limits;
}

const OPEN_BRACE = 0x7b;
const TLS_HANDSHAKE = 0x16;
const BLANKS: ReadonlySet<number> = new Set([0x0d, 0x0a, 0x20, 0x09]);

/**
 * Decides what a new connection speaks: lets it in, takes off a load balancer's header, opens TLS, and looks at the first byte
 * (spec/11 §1). What happens until then has one deadline.
 */
export class ProtocolSwitch {
  private readonly options: ProtocolSwitchOptions;
  private readonly limits: Limits;
  private readonly admission: Admission;
  /** Not yet decided ones, and their deadlines. */
  private readonly undecided = new Map<Socket, Timer>();
  private readonly httpSockets = new Set<Socket>();
  private readonly httpPerAddress = new Map<string, number>();
  private readonly tlsLogged = new Set<string>();

  constructor(options: ProtocolSwitchOptions) {
    this.options = options;
    this.limits = options.limits;
    this.admission = new Admission({ limits: options.limits });
  }

  /** Closes all but those that Stratum has. */
  stop(): void {
    for (const [socket, timer] of this.undecided) {
      timer.cancel();
      socket.destroy();
    }
    this.undecided.clear();
    for (const socket of this.httpSockets) socket.destroy();
  }

  /** `isTls`: the port is for TLS only. */
  accept(socket: Socket, isTls: boolean): void {
    const { clock, proxies } = this.options;
    const address = addressOf(socket);
    const isProxy = proxies.has(address);
    socket.on("error", ignore);
    const delayMs = this.admission.delayMs(address, clock.monotonicMs(), isProxy ? true : undefined);
    if (this.undecided.size >= this.limits.connections || this.isBanned(socket)) socket.destroy();
    else if (delayMs === 0) this.begin(socket, isProxy, isTls);
    else {
      const forget = (): void => this.decided(socket);
      // It is said once, if nothing was sent before it, and not again to whoever listens later.
      const ended = (): void => {
        socket.destroy();
      };
      socket.once("close", forget);
      socket.once("end", ended);
      const timer = clock.after(delayMs, () => {
        socket.removeListener("close", forget);
        socket.removeListener("end", ended);
        this.begin(socket, isProxy, isTls);
      });
      this.undecided.set(socket, timer);
    }
  }

  private isBanned(socket: Socket): boolean {
    return this.options.bans.isBanned(addressOf(socket), this.options.clock.monotonicMs());
  }

  private begin(socket: Socket, isProxy: boolean, isTls: boolean): void {
    if (isProxy) this.readProxy(socket, isTls);
    else this.secureOrRead(socket, isTls);
  }

  private secureOrRead(socket: Socket, isTls: boolean): void {
    if (isTls) this.secure(socket);
    else this.readFirstByte(socket);
  }

  /** Hands chunks to `read` until that says how to go on; null is for more. Chunks that others need are to be put back. */
  private untilRead(socket: Socket, read: (chunk: Buffer) => (() => void) | null): void {
    const forget = (): void => this.decided(socket);
    const ended = (): void => {
      socket.destroy();
    };
    const received = (chunk: Buffer): void => {
      const goOn = read(chunk);
      if (goOn === null) return;
      socket.removeListener("data", received);
      socket.removeListener("end", ended);
      socket.removeListener("close", forget);
      this.decided(socket);
      socket.pause();
      goOn();
    };
    this.decided(socket);
    this.undecided.set(
      socket,
      this.options.clock.after(TIMERS.firstByte, () => socket.destroy()),
    );
    socket.on("data", received);
    socket.once("end", ended);
    socket.once("close", forget);
    // It was stopped when the step before had seen enough.
    if (socket.isPaused()) socket.resume();
  }

  /** A balancer that sends no header would have its own address counted for all its clients. */
  private readProxy(socket: Socket, isTls: boolean): void {
    let data: Buffer = Buffer.alloc(0);
    this.untilRead(socket, (chunk) => {
      data = data.length === 0 ? chunk : Buffer.concat([data, chunk]);
      const header = readProxyHeader(data);
      if (header.kind === "invalid" || (header.kind === "incomplete" && data.length > PROXY_HEADER_MAX)) {
        this.logOnce(addressOf(socket), "a load balancer sent no PROXY header");
        return () => socket.destroy();
      }
      if (header.kind === "incomplete") return null;
      if (header.source !== null) setAddress(socket, header.source);
      if (this.isBanned(socket)) return () => socket.destroy();
      const rest = data.subarray(header.length);
      return () => {
        if (rest.length > 0) socket.unshift(rest);
        this.secureOrRead(socket, isTls);
      };
    });
  }

  private secure(raw: Socket): void {
    const secureContext = this.options.secureContext();
    if (secureContext === null) {
      this.logOnce(addressOf(raw), "a client tried TLS on the worker port, which has no certificate");
      raw.destroy();
      return;
    }
    const socket = new TLSSocket(raw, { isServer: true, secureContext });
    setAddress(socket, addressOf(raw));
    socket.on("error", ignore);
    this.readFirstByte(socket);
  }

  private readFirstByte(socket: Socket): void {
    let skipped = 0;
    this.untilRead(socket, (chunk) => {
      let blanks = 0;
      while (blanks < chunk.length && BLANKS.has(chunk[blanks]!)) blanks++;
      skipped += blanks;
      if (skipped > this.limits.leadingBytes) return () => socket.destroy();
      if (blanks === chunk.length) return null;
      return () => {
        socket.unshift(chunk.subarray(blanks));
        this.dispatch(socket, chunk[blanks]!);
      };
    });
  }

  private decided(socket: Socket): void {
    this.undecided.get(socket)?.cancel();
    this.undecided.delete(socket);
  }

  private dispatch(socket: Socket, first: number): void {
    if (first === TLS_HANDSHAKE && !(socket instanceof TLSSocket)) {
      this.secure(socket);
      return;
    }
    if (first !== OPEN_BRACE) this.handleHttp(socket);
    else if (this.options.stratum.handle(socket) === "elsewhere") return;
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
    this.options.http.emit("connection", socket);
  }

  private logOnce(address: string, message: string): void {
    const key = `${address} ${message}`;
    if (this.tlsLogged.has(key) || this.tlsLogged.size >= this.limits.addressesRemembered) return;
    this.tlsLogged.add(key);
    this.options.log.warn({ address }, message);
  }
}

function ignore(): void {}
