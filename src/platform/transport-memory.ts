import type { Clock } from "./clock.js";
import {
  type ConnectOptions,
  type Endpoint,
  type Link,
  type LinkHandlers,
  type Listener,
  type ListenOptions,
  type Transport,
  TransportError,
} from "./transport.js";

export interface MemoryNetworkOptions {
  readonly clock: Clock;
  /** Milliseconds from host to host; 10 by default. */
  readonly latencyMs?: (from: string, to: string) => number;
  /** Told how many bytes go under way. */
  readonly onSent?: (from: string, to: string, bytes: number) => void;
}

/** Bytes on their way and at a receiver that does not read, like the buffers of an operating system. */
const WINDOW_BYTES = 262_144;
const FIRST_EPHEMERAL_PORT = 49_152;

type Accept = (link: Link) => void;

/**
 * Hosts in memory, joined by links with a delay on the given clock: for tests and simulations. Bytes arrive in order;
 * `cut` separates two hosts, silently as a cable that is pulled: what is sent in between is lost with its connection.
 */
export class MemoryNetwork {
  readonly clock: Clock;
  private readonly latency: (from: string, to: string) => number;
  /** @internal */
  readonly onSent: ((from: string, to: string, bytes: number) => void) | null;
  private readonly listeners = new Map<string, Accept>();
  private readonly links = new Set<MemoryLink>();
  private readonly cuts = new Set<string>();
  private sideOf: ((host: string) => number) | null = null;
  private nextPort = FIRST_EPHEMERAL_PORT;

  constructor({ clock, latencyMs, onSent }: MemoryNetworkOptions) {
    this.clock = clock;
    this.onSent = onSent ?? null;
    this.latency = latencyMs ?? (() => 10);
  }

  /** The transport of the host with this address. */
  host(address: string): Transport {
    return {
      connect: (to, options) => this.connect(address, to, options),
      listen: (options, accept) => this.listen(address, options, accept),
    };
  }

  /** Separates two hosts. Their connections break, and none can be made. */
  cut(a: string, b: string): void {
    this.cuts.add(pair(a, b));
    for (const link of [...this.links]) {
      if (pair(link.local.host, link.remote.host) === pair(a, b)) link.lost("connection lost");
    }
  }

  heal(a: string, b: string): void {
    this.cuts.delete(pair(a, b));
  }

  /** Separates all hosts of different sides like `cut`; null joins them again. */
  split(sideOf: ((host: string) => number) | null): void {
    this.sideOf = sideOf;
    for (const link of [...this.links]) {
      if (this.isCut(link.local.host, link.remote.host)) link.lost("connection lost");
    }
  }

  private isCut(a: string, b: string): boolean {
    const { sideOf } = this;
    return (sideOf !== null && sideOf(a) !== sideOf(b)) || this.cuts.has(pair(a, b));
  }

  /** Open ends of links. */
  get size(): number {
    return this.links.size;
  }

  /** @internal */
  delay(from: string, to: string): number {
    return this.latency(from, to);
  }

  /** @internal */
  forget(link: MemoryLink): void {
    this.links.delete(link);
  }

  private connect(from: string, to: Endpoint, { timeoutMs, signal }: ConnectOptions): Promise<Link> {
    return new Promise((resolve, reject) => {
      const fail = (code: "TRANSPORT_ABORTED" | "TRANSPORT_REFUSED" | "TRANSPORT_TIMEOUT"): void => {
        deadline.cancel();
        arrival.cancel();
        signal?.removeEventListener("abort", onAbort);
        reject(new TransportError(`cannot connect to ${to.host}:${to.port}`, { code }));
      };
      const onAbort = (): void => fail("TRANSPORT_ABORTED");
      const arrive = (): void => {
        if (this.isCut(from, to.host)) return;
        const accept = this.listeners.get(`${to.host}:${to.port}`);
        if (accept === undefined) {
          fail("TRANSPORT_REFUSED");
          return;
        }
        deadline.cancel();
        signal?.removeEventListener("abort", onAbort);
        const here = { host: from, port: this.ephemeralPort() };
        const [ours, theirs] = MemoryLink.pair(this, here, to);
        this.links.add(ours);
        this.links.add(theirs);
        accept(theirs);
        resolve(ours);
      };
      const arrival = this.clock.after(2 * this.latency(from, to.host), arrive);
      const deadline = this.clock.after(timeoutMs, () => fail("TRANSPORT_TIMEOUT"));
      signal?.addEventListener("abort", onAbort, { once: true });
      if (signal?.aborted) onAbort();
    });
  }

  private async listen(address: string, { port: wanted }: ListenOptions, accept: Accept): Promise<Listener> {
    const port = wanted === 0 ? this.ephemeralPort() : wanted;
    const key = `${address}:${port}`;
    if (this.listeners.has(key)) throw new TransportError(`${key} is in use`, { code: "TRANSPORT_PORT_TAKEN" });
    this.listeners.set(key, accept);
    return {
      port,
      close: async () => {
        this.listeners.delete(key);
      },
    };
  }

  private ephemeralPort(): number {
    const port = this.nextPort;
    this.nextPort = port === 65_535 ? FIRST_EPHEMERAL_PORT : port + 1;
    return port;
  }
}

class MemoryLink implements Link {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  private readonly network: MemoryNetwork;
  private other!: MemoryLink;
  private handlers: LinkHandlers | null = null;
  private isPaused = false;
  private isClosed = false;
  private hasEnded = false;
  private otherHasEnded = false;
  /** When what was sent last arrives: a delay that varies must not change the order. */
  private lastDueMs = 0;
  private reason = "closed by the other side";
  /** Written here and not yet under way. */
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  /** Under way to the other side, or arrived there and not delivered. */
  private inFlight = 0;
  private arrived: Uint8Array[] = [];

  private constructor(network: MemoryNetwork, local: Endpoint, remote: Endpoint) {
    this.network = network;
    this.local = local;
    this.remote = remote;
  }

  static pair(network: MemoryNetwork, a: Endpoint, b: Endpoint): [MemoryLink, MemoryLink] {
    const here = new MemoryLink(network, a, b);
    const there = new MemoryLink(network, b, a);
    here.other = there;
    there.other = here;
    return [here, there];
  }

  get unsent(): number {
    return this.waitingBytes;
  }

  open(handlers: LinkHandlers): void {
    this.handlers = handlers;
    if (this.isClosed) this.later(0, () => handlers.closed(this.reason));
    else this.deliver();
  }

  write(bytes: Uint8Array): void {
    if (this.isClosed || this.hasEnded || bytes.length === 0) return;
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
    this.transmit();
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.deliver();
  }

  close(): void {
    if (this.isClosed || this.hasEnded) return;
    this.reason = "closed by us";
    this.hasEnded = true;
    this.transmit();
  }

  abort(): void {
    if (this.isClosed) return;
    this.reason = "closed by us";
    this.ended();
    this.travel(() => this.other.lost("connection reset"));
  }

  /** The connection is gone, whoever ended it. */
  lost(reason: string): void {
    if (this.isClosed) return;
    this.reason = reason;
    this.ended();
  }

  private transmit(): void {
    const hadWaiting = this.waitingBytes > 0;
    while (this.waiting.length > 0 && this.inFlight < WINDOW_BYTES) {
      // A copy: the receiver owns what it gets.
      const chunk = this.waiting.shift()!.slice();
      this.waitingBytes -= chunk.length;
      this.inFlight += chunk.length;
      this.network.onSent?.(this.local.host, this.remote.host, chunk.length);
      this.travel(() => this.other.arrive(chunk));
    }
    if (this.waitingBytes > 0) return;
    if (hadWaiting) this.later(0, () => this.isClosed || this.handlers?.drained());
    if (this.hasEnded) {
      this.travel(() => this.other.finish());
      this.ended();
    }
  }

  private arrive(chunk: Uint8Array): void {
    if (this.isClosed) return;
    this.arrived.push(chunk);
    this.deliver();
  }

  /** The other side has sent all; what it sent is still delivered. */
  private finish(): void {
    this.otherHasEnded = true;
    this.deliver();
  }

  private deliver(): void {
    while (this.handlers !== null && !this.isPaused && !this.isClosed && this.arrived.length > 0) {
      const chunk = this.arrived.shift()!;
      this.other.inFlight -= chunk.length;
      this.handlers.received(chunk);
      this.other.transmit();
    }
    if (this.otherHasEnded && this.arrived.length === 0) this.lost("closed by the other side");
  }

  private ended(): void {
    this.isClosed = true;
    this.waiting = [];
    this.waitingBytes = 0;
    this.arrived = [];
    this.network.forget(this);
    this.later(0, () => this.handlers?.closed(this.reason));
  }

  private travel(arrive: () => void): void {
    const { clock } = this.network;
    const nowMs = clock.monotonicMs();
    this.lastDueMs = Math.max(this.lastDueMs, nowMs + this.network.delay(this.local.host, this.remote.host));
    clock.after(this.lastDueMs - nowMs, arrive);
  }

  private later(delayMs: number, action: () => void): void {
    this.network.clock.after(delayMs, action);
  }
}

function pair(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
