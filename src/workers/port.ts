import type { Server as HttpServer, RequestListener } from "node:http";
import { createSecureContext, type SecureContext } from "node:tls";
import { AddressRanges } from "../platform/address-ranges.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { Bans } from "./bans.js";
import { BoundPort, type PortAddress } from "./bound-port.js";
import { createHttpSide } from "./http.js";
import { LIMITS, type Limits, TIMERS } from "./limits.js";
import type { MinerService } from "./miner-service.js";
import { ProtocolSwitch } from "./protocol-switch.js";

export interface WorkerPortOptions extends PortAddress {
  /** Takes over sockets that speak Stratum, from their first byte on. */
  readonly stratum: Pick<MinerService, "handle">;
  /** Answers everything else. */
  readonly http: RequestListener;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits?: Limits;
  /** Milliseconds an HTTP request may take to arrive; 30 s. Enforced on real time. */
  readonly httpRequestMs?: number;
  /** Certificate chain and key, PEM. With it clients may speak TLS, on this port or on one of its own. */
  readonly certificate?: Certificate | null;
  /** A port for TLS only. */
  readonly tlsPort?: PortAddress | null;
  /** Load balancers, which begin each connection with a PROXY header; none by default. */
  readonly proxies?: AddressRanges;
  /** Shared with those who close connections for bad conduct. */
  readonly bans?: Bans;
}

export interface Certificate {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/**
 * The one port for miners and browsers, and beside it one for TLS: the first byte of a connection decides its protocol
 * (spec/11 §1). Not bound before `start` has resolved; after `stop` has resolved no socket of it is left, Stratum's own
 * excepted, which its server closes.
 */
export class WorkerPort {
  private readonly httpSide: HttpServer;
  private readonly protocols: ProtocolSwitch;
  private readonly plain: BoundPort;
  private readonly tls: BoundPort | null;
  private secureContext: SecureContext | null = null;

  /** @throws Error if the certificate cannot be used */
  constructor(options: WorkerPortOptions) {
    const { clock, log, limits = LIMITS, tlsPort = null } = options;
    if (options.certificate) this.setCertificate(options.certificate);
    this.httpSide = createHttpSide({
      limits,
      requestMs: options.httpRequestMs ?? TIMERS.httpRequest,
      application: options.http,
    });
    this.protocols = new ProtocolSwitch({
      stratum: options.stratum,
      http: this.httpSide,
      secureContext: () => this.secureContext,
      proxies: options.proxies ?? new AddressRanges([]),
      bans: options.bans ?? new Bans(limits),
      clock,
      log,
      limits,
    });
    this.plain = new BoundPort(options, { clock, log, accept: (socket) => this.protocols.accept(socket, false) });
    this.tls =
      tlsPort === null
        ? null
        : new BoundPort(tlsPort, { clock, log, accept: (socket) => this.protocols.accept(socket, true) });
  }

  /** The port that is bound; null before and after. */
  get boundPort(): number | null {
    return this.plain.boundPort;
  }

  /** The port for TLS. */
  get boundTlsPort(): number | null {
    return this.tls?.boundPort ?? null;
  }

  /** For connections from now on. @throws Error if it cannot be used; the one before stays */
  setCertificate({ cert, key }: Certificate): void {
    this.secureContext = createSecureContext({ cert, key });
  }

  /** Resolves with the port once it, and the one for TLS, are bound. @throws WorkerPortError */
  async start(): Promise<number> {
    const port = await this.plain.start();
    await this.tls?.start();
    return port;
  }

  async stop(): Promise<void> {
    const closed = Promise.all([this.plain.stop(), this.tls?.stop()]);
    this.protocols.stop();
    // Its time-out check ends with this; it never listened, so there is nothing else to close.
    this.httpSide.close(() => {});
    await closed;
  }
}
