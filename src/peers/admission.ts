import { BoundedMap } from "../core/bounded.js";
import { TokenBucket } from "../core/token-bucket.js";
import { type AddressKind, addressGroup, addressKey } from "./address.js";
import { keyedNumber } from "./chance.js";
import { LIMITS } from "./limits.js";
import type { Peer } from "./peer.js";

export interface AdmissionOptions {
  readonly maximum: number;
  /** Secret of this process: which groups are protected cannot be guessed. */
  readonly secret: Uint8Array;
  readonly kindOf: (address: string) => AddressKind;
  readonly isBanned: (address: string) => boolean;
  readonly isDiscouraged: (address: string) => boolean;
  readonly nowMs: () => number;
}

type RefusalReason = "banned" | "full" | "greeting" | "group" | "rate";

export type Verdict =
  /** `instead`: has to go first. */
  { readonly admit: true; readonly instead: Peer | null } | { readonly admit: false; readonly reason: RefusalReason };

const MINUTE_MS = 60_000;
const GREETING_LEAST_MS = 1_000;
const PROTECTED_GROUPS = 4;
const PROTECTED_QUICK = 8;
const PROTECTED_USEFUL = 8;

/**
 * Who may connect to us (spec/06 §10.3), cheapest test first: how often, banned, how many from there, how many that have not
 * greeted yet, how many at all. When it is full, somebody who is worth less gives way: a plain refusal would let whoever
 * came first keep everybody else out.
 */
export class Admission {
  private readonly options: AdmissionOptions;
  private readonly accepts: TokenBucket;
  private readonly recent = new BoundedMap<string, number[]>(LIMITS.addressesRemembered);

  constructor(options: AdmissionOptions) {
    this.options = options;
    this.accepts = new TokenBucket(LIMITS.accepts, options.nowMs());
  }

  /** `peers`: all connections, incoming and outgoing. `address`: canonical. */
  judge(address: string, peers: Iterable<Peer>): Verdict {
    const { kindOf, isBanned, maximum } = this.options;
    const kind = kindOf(address);
    if (!this.isPatient(address, kind)) return refuse("rate");
    if (isBanned(address)) return refuse("banned");
    const incoming = [...peers].filter(({ direction }) => direction === "incoming");
    if (!this.isGroupFree(address, kind, incoming)) return refuse("group");

    const greeting = incoming.filter((peer) => !peer.isEstablished);
    const fromThere = greeting.filter((peer) => addressKey(peer.address) === addressKey(address));
    if (kind === "public" && fromThere.length >= LIMITS.greetingPerAddress) return refuse("greeting");
    if (greeting.length >= LIMITS.greeting) {
      const oldest = this.oldestOfLargestGroup(greeting);
      return oldest === null ? refuse("greeting") : { admit: true, instead: oldest };
    }
    if (incoming.length < maximum) return { admit: true, instead: null };
    const victim = this.leastWorth(incoming);
    return victim === null ? refuse("full") : { admit: true, instead: victim };
  }

  private isPatient(address: string, kind: AddressKind): boolean {
    const nowMs = this.options.nowMs();
    if (kind !== "loopback") {
      const key = addressKey(address);
      const times = (this.recent.get(key) ?? []).filter((atMs) => nowMs - atMs < MINUTE_MS);
      if (times.length >= LIMITS.acceptsPerMinutePerAddress) return false;
      this.recent.set(key, [...times, nowMs]);
    }
    return this.accepts.take(nowMs);
  }

  private isGroupFree(address: string, kind: AddressKind, incoming: readonly Peer[]): boolean {
    const count = (matches: (other: string) => boolean): number =>
      incoming.filter((peer) => matches(peer.address)).length;
    if (kind === "loopback") return count((other) => this.options.kindOf(other) === kind) < LIMITS.loopback;
    if (kind === "private") return count((other) => this.options.kindOf(other) === kind) < LIMITS.privateRange;
    const perKey = address.includes(":") ? LIMITS.perIpv6Subnet : LIMITS.perAddress;
    return (
      count((other) => addressKey(other) === addressKey(address)) < perKey &&
      count((other) => addressGroup(other) === addressGroup(address)) < LIMITS.perGroup
    );
  }

  /** Of those that have not greeted: the oldest of the group that has most of them; null if it has just come. */
  private oldestOfLargestGroup(greeting: readonly Peer[]): Peer | null {
    const [largest] = groupsBySize(greeting);
    const oldest = largest!.reduce((a, b) => (b.connectedMs < a.connectedMs ? b : a));
    return this.options.nowMs() - oldest.connectedMs > GREETING_LEAST_MS ? oldest : null;
  }

  /** After Bitcoin Core: what is hard to get for one who wants to replace everybody is protected. */
  private leastWorth(incoming: readonly Peer[]): Peer | null {
    const { kindOf, isDiscouraged, secret } = this.options;
    let rest = incoming.filter((peer) => kindOf(peer.address) !== "loopback" && !peer.isFixed);
    const discouraged = rest.filter((peer) => isDiscouraged(peer.address));
    if (discouraged.length > 0) return youngest(discouraged);

    const protect = (count: number, rank: (peer: Peer) => number): void => {
      const best = new Set([...rest].sort((a, b) => rank(a) - rank(b)).slice(0, count));
      rest = rest.filter((peer) => !best.has(peer));
    };
    const ranks = new Map(rest.map((peer) => [peer, keyedNumber(secret, addressGroup(peer.address))]));
    protect(PROTECTED_GROUPS, (peer) => ranks.get(peer)!);
    const quick = rest.filter((peer) => peer.roundTrip.quickestMs !== null).length;
    protect(Math.min(PROTECTED_QUICK, quick), (peer) => peer.roundTrip.quickestMs ?? Number.POSITIVE_INFINITY);
    const useful = rest.filter((peer) => peer.usefulMs !== null).length;
    protect(Math.min(PROTECTED_USEFUL, useful), (peer) => -(peer.usefulMs ?? Number.NEGATIVE_INFINITY));
    protect(Math.floor(rest.length / 2), (peer) => peer.connectedMs);
    const [largest] = groupsBySize(rest);
    return largest === undefined ? null : youngest(largest);
  }
}

function refuse(reason: RefusalReason): Verdict {
  return { admit: false, reason };
}

function youngest(peers: readonly Peer[]): Peer {
  return peers.reduce((a, b) => (b.connectedMs > a.connectedMs ? b : a));
}

function groupsBySize(peers: readonly Peer[]): Peer[][] {
  const groups = new Map<string, Peer[]>();
  for (const peer of peers) {
    const group = addressGroup(peer.address);
    const members = groups.get(group);
    if (members === undefined) groups.set(group, [peer]);
    else members.push(peer);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length);
}
