import { BoundedMap } from "../core/bounded.js";
import type { Random } from "../core/random.js";
import { TokenBucket } from "../core/token-bucket.js";
import type { Clock } from "../platform/clock.js";
import type { Endpoint } from "../platform/transport.js";
import { type AddressKind, canonicalAddress, endpointText } from "./address.js";
import type { AddressBook } from "./address-book.js";
import { exponential, pick } from "./chance.js";
import { isReferenceSoftware } from "./hello.js";
import { LIMITS, TIMERS } from "./limits.js";
import type { Peer } from "./peer.js";
import type { AddressRecord, Message } from "./wire/messages.js";

export interface GossipOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly book: AddressBook;
  readonly defaultPort: number;
  readonly kindOf: (address: string) => AddressKind;
  /** Also addresses that only reach inside one network or machine. */
  readonly localNetwork: boolean;
  /** Whether an address is one of our own. */
  readonly isOwn: (endpoint: Endpoint) => boolean;
  readonly peers: () => readonly Peer[];
  /** What we tell others of ourselves; null while we cannot be reached or do not want to. */
  readonly ownAddress: () => { readonly host: string | null; readonly port: number } | null;
}

/** What gossip remembers of one connection. */
interface Talk {
  readonly records: TokenBucket;
  readonly relays: TokenBucket;
  answer: { readonly untilMs: number; readonly records: readonly AddressRecord[] } | null;
  asked: number[];
  advertiseAtMs: number;
}

const RELAY_CHANCE = 0.8;
const HOUR_MS = 3_600_000;
const LOWEST_USER_PORT = 1024;
/** A record that is older is stored and not passed on. */
const FRESH_SECONDS = 600;
/** A record is passed on once in this time, whoever brings it. */
const REPEAT_MS = 86_400_000;
const ASK_FOR = 8;
const ENOUGH = 1_000;

/** `addrme`, `addrs` and `getaddrs` (spec/06 §6.3 to §6.5, §9; spec/09 §5.4). */
export class Gossip {
  private readonly options: GossipOptions;
  private readonly talks = new Map<Peer, Talk>();
  private readonly relayed = new BoundedMap<string, number>(LIMITS.addressesRemembered);
  private askAtMs = 0;

  constructor(options: GossipOptions) {
    this.options = options;
  }

  established(peer: Peer): void {
    const nowMs = this.nowMs;
    this.talks.set(peer, {
      records: new TokenBucket(LIMITS.records, nowMs),
      relays: new TokenBucket(LIMITS.relays, nowMs),
      answer: null,
      asked: [],
      advertiseAtMs: nowMs,
    });
    this.advertiseIfDue(peer);
  }

  closed(peer: Peer): void {
    this.talks.delete(peer);
  }

  /** False if the message is none of ours. */
  received(peer: Peer, message: Message): boolean {
    switch (message.command) {
      case "addrs":
        this.records(peer, message.payload.records);
        return true;
      case "addrme":
        this.addrme(peer, message.payload.port);
        return true;
      case "getaddrs":
        this.answer(peer, message.payload.count);
        return true;
      default:
        return false;
    }
  }

  /** Once or twice a second: advertises, and asks for addresses while there are few. */
  sweep(): void {
    const { random, book, peers } = this.options;
    for (const peer of this.talks.keys()) this.advertiseIfDue(peer);
    if (this.nowMs < this.askAtMs) return;
    this.askAtMs = this.nowMs + exponential(random, TIMERS.getaddrs);
    const peer = book.size < ENOUGH ? pick(random, peers()) : undefined;
    if (peer !== undefined) this.ask(peer);
  }

  /** Asks one peer for addresses, and lets it answer. */
  ask(peer: Peer): void {
    this.talks.get(peer)?.records.grant(this.nowMs, LIMITS.recordsPerMessage);
    peer.send("getaddrs", { count: ASK_FOR });
  }

  /** Whether an address may be stored, dialled and told on. `host`: canonical. */
  isUsable({ host, port }: Endpoint): boolean {
    const { kindOf, localNetwork, defaultPort, isOwn } = this.options;
    const kind = kindOf(host);
    if (kind === "unusable" || (kind !== "public" && !localNetwork)) return false;
    return port > 0 && (port >= LOWEST_USER_PORT || port === defaultPort) && !isOwn({ host, port });
  }

  private get nowMs(): number {
    return this.options.clock.monotonicMs();
  }

  private records(peer: Peer, records: readonly AddressRecord[]): void {
    const { book, clock } = this.options;
    const talk = this.talks.get(peer);
    if (talk === undefined) return;
    if (records.length > LIMITS.recordsPerMessage) peer.offend("many-addresses", `sends ${records.length} addresses`);
    for (const record of records) {
      if (!talk.records.take(this.nowMs)) return;
      const host = canonicalAddress(record.address.address);
      const endpoint = host === null ? null : { host, port: record.address.port };
      if (endpoint === null || !this.isUsable(endpoint)) continue;
      const seen = Math.min(Number(record.timestamp), clock.now());
      book.add(endpoint, peer.address, seen);
      const isFresh = seen >= clock.now() - FRESH_SECONDS;
      if (records.length <= LIMITS.recordsRelayed && isFresh) this.relay(peer, talk, endpoint, seen);
    }
  }

  /** "Tell others the address that you see." From this machine it means a node behind the same translation of addresses. */
  private addrme(peer: Peer, port: number): void {
    const { book, clock, kindOf, random } = this.options;
    const talk = this.talks.get(peer);
    if (talk === undefined) return;
    if (kindOf(peer.address) === "loopback" && !this.options.localNetwork) {
      const to = random.uniform() < RELAY_CHANCE && talk.relays.take(this.nowMs) ? this.anotherPeer(peer) : undefined;
      to?.send("addrme", { port });
      return;
    }
    const endpoint = { host: peer.address, port };
    if (!this.isUsable(endpoint)) return;
    book.add(endpoint, peer.address, clock.now());
    this.relay(peer, talk, endpoint, clock.now());
  }

  /** Passes a record on to one random peer, but not to and fro, and not faster than news spreads. */
  private relay(from: Peer, talk: Talk, endpoint: Endpoint, seen: number): void {
    const key = endpointText(endpoint);
    const last = this.relayed.get(key);
    if (last !== undefined && this.nowMs - last < REPEAT_MS) return;
    this.relayed.set(key, this.nowMs);
    if (this.options.random.uniform() >= RELAY_CHANCE || !talk.relays.take(this.nowMs)) return;
    const to = this.anotherPeer(from);
    if (to === undefined || !canRead(to, endpoint)) return;
    to.send("addrs", { records: [toRecord(endpoint, seen)] });
  }

  private anotherPeer(than: Peer): Peer | undefined {
    return pick(
      this.options.random,
      this.options.peers().filter((peer) => peer !== than),
    );
  }

  /** The same for ten minutes, so that asking again tells nothing new; too much asking is not answered. */
  private answer(peer: Peer, count: number): void {
    const talk = this.talks.get(peer);
    if (talk === undefined) return;
    const nowMs = this.nowMs;
    talk.asked = talk.asked.filter((atMs) => nowMs - atMs < HOUR_MS);
    if (talk.asked.length >= LIMITS.addressesAskedPerHour) return;
    talk.asked.push(nowMs);
    if (talk.answer === null || talk.answer.untilMs <= nowMs) {
      const records = this.options.book
        .sample(LIMITS.recordsPerMessage)
        .filter(({ endpoint }) => canRead(peer, endpoint) && this.isUsable(endpoint))
        .map(({ endpoint, lastSeen }) => toRecord(endpoint, lastSeen));
      talk.answer = { untilMs: nowMs + TIMERS.addressAnswer, records };
    }
    peer.send("addrs", { records: talk.answer.records.slice(0, count) });
  }

  private advertiseIfDue(peer: Peer): void {
    const talk = this.talks.get(peer);
    const own = this.options.ownAddress();
    if (talk === undefined || own === null || this.nowMs < talk.advertiseAtMs) return;
    const mean = TIMERS.advertisePerPeer * this.talks.size + TIMERS.advertiseLeast;
    talk.advertiseAtMs = this.nowMs + exponential(this.options.random, mean);
    const { host, port } = own;
    if (host === null) peer.send("addrme", { port });
    else peer.send("addrs", { records: [toRecord({ host, port }, this.options.clock.now())] });
  }
}

function toRecord({ host, port }: Endpoint, seen: number): AddressRecord {
  return { timestamp: BigInt(Math.floor(seen)), address: { services: 0n, address: host, port } };
}

/** Nodes of the reference fail on IPv6 addresses as texts: useless to them (spec/06 §9.6). */
function canRead(peer: Peer, { host }: Endpoint): boolean {
  return !host.includes(":") || !isReferenceSoftware(peer.hello?.software ?? "");
}
