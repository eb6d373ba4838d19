import { BoundedMap } from "../core/bounded.js";
import type { Random } from "../core/random.js";
import type { Clock, Timer } from "../platform/clock.js";
import type { Endpoint } from "../platform/transport.js";
import { type AddressKind, addressGroup, addressSubnet, endpointText } from "./address.js";
import type { AddressBook } from "./address-book.js";
import { between, exponential } from "./chance.js";
import type { Adopt, ConnectionEnd, Dial } from "./connection.js";
import { LIMITS, TIMERS } from "./limits.js";
import type { Offence } from "./offences.js";
import type { Peer } from "./peer.js";

export interface DialerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly book: AddressBook;
  /** Established outgoing connections wanted; 0 dials nobody. */
  readonly target: number;
  readonly dial: Dial;
  readonly adopt: Adopt;
  readonly kindOf: (address: string) => AddressKind;
  /** Whether an address may be dialled at all: usable, not banned, not our own. */
  readonly mayDial: (endpoint: Endpoint) => boolean;
  /** All connections. */
  readonly peers: () => readonly Peer[];
}

/** A feeler finds out whether somebody is there, and hangs up. */
type Purpose = "feeler" | "peer";

/** What shows that a host speaks something else: it is not dialled again for a day, so that nobody can aim us at others. */
const FOREIGN: ReadonlySet<Offence> = new Set(["foreign-prefix", "foreign-prefix-again", "garbage", "checksum"]);

/**
 * Outgoing connections (spec/06 §10.1; spec/09 §5.7): as many as wanted, each into another part of the network, and now and
 * then a feeler so that the book knows who is there.
 */
export class Dialer {
  private readonly options: DialerOptions;
  private readonly avoided = new BoundedMap<string, number>(LIMITS.addressesRemembered);
  private readonly subnets = new BoundedMap<string, number>(LIMITS.addressesRemembered);
  private readonly inProgress = new Map<string, Endpoint>();
  private readonly connected = new Map<Peer, Endpoint>();
  private anchors: Endpoint[] = [];
  private timer: Timer | null = null;
  private nextFeelerMs = 0;
  private extra = 0;
  private extraUntilMs = 0;
  private abort = new AbortController();

  constructor(options: DialerOptions) {
    this.options = options;
  }

  /** `anchors`: peers of the last run, dialled first (spec/06 §10.1). */
  start(anchors: readonly Endpoint[]): void {
    if (this.options.target === 0) return;
    this.abort = new AbortController();
    this.anchors = anchors.slice(0, LIMITS.anchors);
    this.nextFeelerMs = this.nowMs + exponential(this.options.random, TIMERS.feeler);
    this.tick();
  }

  stop(): void {
    this.abort.abort();
    this.timer?.cancel();
    this.timer = null;
  }

  /** Wants two more for a while: something looks as if we were cut off (spec/09 §5.7). */
  seekMore(): void {
    this.extra = 2;
    this.extraUntilMs = this.nowMs + TIMERS.stalePeers;
  }

  /** The longest lived, to begin with after a restart. */
  anchorsToSave(): Endpoint[] {
    const established = [...this.connected].filter(([peer]) => peer.isEstablished);
    return established
      .sort(([a], [b]) => b.ageMs - a.ageMs)
      .slice(0, 2 * LIMITS.anchors)
      .map(([, { host, port }]) => ({ host, port }));
  }

  private get nowMs(): number {
    return this.options.clock.monotonicMs();
  }

  private get wanted(): number {
    return this.options.target + LIMITS.anchors + (this.nowMs < this.extraUntilMs ? this.extra : 0);
  }

  private tick(): void {
    const { clock, random } = this.options;
    try {
      this.dialNext();
    } finally {
      const delayMs = between(random, 0.5 * TIMERS.outgoing, 1.5 * TIMERS.outgoing);
      this.timer = clock.after(delayMs, () => this.tick());
    }
  }

  private dialNext(): void {
    if (this.inProgress.size >= LIMITS.dialsInProgress) return;
    const { book, random } = this.options;
    if (this.connected.size + this.inProgress.size < this.wanted) {
      const anchor = this.anchors.shift();
      if (anchor !== undefined && this.isApart(anchor)) void this.dial(anchor, "peer");
      else {
        const endpoint = book.choose((candidate) => this.isApart(candidate));
        if (endpoint !== null) void this.dial(endpoint, "peer");
      }
    } else if (this.nowMs >= this.nextFeelerMs) {
      this.nextFeelerMs = this.nowMs + exponential(random, TIMERS.feeler);
      const endpoint = book.contested() ?? book.choose((candidate) => this.isApart(candidate), "new");
      if (endpoint !== null && this.mayDial(endpoint)) void this.dial(endpoint, "feeler");
    }
  }

  /** Whether a connection there would lead into another part of the network than all others. */
  private isApart(endpoint: Endpoint): boolean {
    if (!this.mayDial(endpoint)) return false;
    const place = this.place(endpoint);
    for (const other of [...this.inProgress.values(), ...this.connected.values()]) {
      if (this.place(other) === place) return false;
    }
    return !this.options
      .peers()
      .some((peer) => peer.isEstablished && this.place({ host: peer.address, port: peer.port }) === place);
  }

  /** Inside a network of one's own all addresses are in one group, so there each counts for itself. */
  private place(endpoint: Endpoint): string {
    const isPublic = this.options.kindOf(endpoint.host) === "public";
    return isPublic ? addressGroup(endpoint.host) : endpointText(endpoint);
  }

  private hostKey(endpoint: Endpoint): string {
    return this.options.kindOf(endpoint.host) === "public" ? endpoint.host : endpointText(endpoint);
  }

  private mayDial(endpoint: Endpoint): boolean {
    const nowMs = this.nowMs;
    if ((this.avoided.get(this.hostKey(endpoint)) ?? 0) > nowMs) return false;
    const last = this.subnets.get(addressSubnet(endpoint.host));
    if (this.options.kindOf(endpoint.host) === "public" && last !== undefined && nowMs - last < TIMERS.dialSubnet)
      return false;
    return !this.inProgress.has(endpointText(endpoint)) && this.options.mayDial(endpoint);
  }

  private async dial({ host, port }: Endpoint, purpose: Purpose): Promise<void> {
    const endpoint = { host, port };
    const { book, dial, adopt } = this.options;
    const { signal } = this.abort;
    const key = endpointText(endpoint);
    this.inProgress.set(key, endpoint);
    this.subnets.set(addressSubnet(host), this.nowMs);
    try {
      const link = await dial(endpoint, TIMERS.dial, signal);
      const peer = adopt(link, {
        isFixed: false,
        established: (greeted) => this.established(greeted, endpoint, purpose),
        closed: (end) => this.closed(endpoint, purpose, end),
      });
      if (peer === null) link.abort();
      else if (purpose === "peer") this.connected.set(peer, endpoint);
    } catch {
      // Nobody there: the book waits longer each time.
      if (!signal.aborted) book.failed(endpoint);
    } finally {
      this.inProgress.delete(key);
    }
  }

  private established(peer: Peer, endpoint: Endpoint, purpose: Purpose): void {
    this.options.book.succeeded(endpoint);
    if (purpose === "feeler") peer.close("feeler");
  }

  private closed(endpoint: Endpoint, purpose: Purpose, { wasEstablished, offence }: ConnectionEnd): void {
    const { book } = this.options;
    for (const [peer, other] of this.connected) if (other === endpoint) this.connected.delete(peer);
    if (offence === "version-too-old" || offence === "self-connection") book.forget(endpoint);
    else if (offence !== null && FOREIGN.has(offence) && !wasEstablished) {
      book.forget(endpoint);
      this.avoided.set(this.hostKey(endpoint), this.nowMs + TIMERS.notP2Pool);
    } else if (!wasEstablished || (offence !== null && offence !== "duplicate")) book.failed(endpoint);
    else if (purpose === "peer") book.postpone(endpoint);
  }
}
