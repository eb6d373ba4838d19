import { bytesToHex, tryHexToBytes } from "../core/bytes.js";
import type { Random } from "../core/random.js";
import type { Clock } from "../platform/clock.js";
import type { Endpoint } from "../platform/transport.js";
import { addressGroup, addressSubnet, endpointText } from "./address.js";
import { keyedNumber, pick, randomBytes, shuffled } from "./chance.js";
import { LIMITS, TIMERS } from "./limits.js";

/** An address of a node that we have heard of (`new`) or that has greeted us when we dialled it (`tried`). */
interface Entry extends Endpoint {
  table: "new" | "tried";
  bucket: number;
  /** Group of the one who told us. */
  source: string;
  /** Seconds since 1970. */
  firstSeen: number;
  lastSeen: number;
  lastSuccess: number;
  /** Dials without a greeting since the last one with. */
  failures: number;
  firstFailure: number;
  /** Milliseconds on the monotonic clock before which it is not dialled. */
  notBeforeMs: number;
}

export type SavedAddress = readonly [
  host: string,
  port: number,
  table: "new" | "tried",
  source: string,
  firstSeen: number,
  lastSeen: number,
  lastSuccess: number,
  failures: number,
];

export interface SavedBook {
  /** Secret that decides about buckets: with it nobody can aim at one. */
  readonly key: string;
  readonly addresses: readonly SavedAddress[];
}

export interface AddressBookOptions {
  readonly clock: Clock;
  readonly random: Random;
}

const DAY = 86_400;
const MONTH = 30 * DAY;
/** Failed dials after which an address is forgotten; of one that was tried, within a week. */
const NEW_FAILURES = 3;
const TRIED_FAILURES = 10;
/** Seen this recently, an address is told on. */
const RECENT = 3 * DAY;

/**
 * Addresses of other nodes, so spread over buckets that whoever controls a few networks cannot fill it (spec/06 §9.6). What
 * may come in at all is decided before.
 */
export class AddressBook {
  private readonly clock: Clock;
  private readonly random: Random;
  private key: Uint8Array;
  private readonly entries = new Map<string, Entry>();
  private readonly newBuckets: Set<Entry>[];
  private readonly triedBuckets: Set<Entry>[];
  private readonly perSubnet = new Map<string, number>();
  private readonly perSource = new Map<string, number>();
  /** A full bucket's oldest, and who waits for its place until it was dialled once more. */
  private readonly contests = new Map<Entry, Entry>();

  constructor({ clock, random }: AddressBookOptions) {
    this.clock = clock;
    this.random = random;
    this.key = randomBytes(random, 32);
    this.newBuckets = buckets(LIMITS.newBuckets);
    this.triedBuckets = buckets(LIMITS.triedBuckets);
  }

  get size(): number {
    return this.entries.size;
  }

  count(table: "new" | "tried"): number {
    let count = 0;
    for (const bucket of table === "new" ? this.newBuckets : this.triedBuckets) count += bucket.size;
    return count;
  }

  has(endpoint: Endpoint): boolean {
    return this.entries.has(endpointText(endpoint));
  }

  /** Notes that somebody saw a node then (seconds since 1970). False if there is no room for it, or it is too long ago. */
  add(endpoint: Endpoint, source: string, seen: number): boolean {
    const now = this.clock.now();
    if (seen < now - MONTH) return false;
    const lastSeen = Math.min(seen, now);
    const known = this.entries.get(endpointText(endpoint));
    if (known !== undefined) {
      known.lastSeen = Math.max(known.lastSeen, lastSeen);
      return true;
    }
    const group = addressGroup(source);
    const entry = this.makeEntry(endpoint, group, lastSeen);
    if (!this.hasRoomFor(entry)) return false;
    this.insert(entry);
    return true;
  }

  /** We dialled it and it greeted us. */
  succeeded(endpoint: Endpoint): void {
    const now = this.clock.now();
    let entry = this.entries.get(endpointText(endpoint));
    if (entry === undefined) {
      entry = this.makeEntry(endpoint, addressGroup(endpoint.host), now);
      this.insert(entry);
    }
    Object.assign(entry, { lastSeen: now, lastSuccess: now, failures: 0, notBeforeMs: 0 });
    this.contests.delete(entry);
    if (entry.table === "new") this.promote(entry);
  }

  /** A dial came to nothing. */
  failed(endpoint: Endpoint): void {
    const entry = this.entries.get(endpointText(endpoint));
    if (entry === undefined) return;
    const now = this.clock.now();
    if (entry.failures === 0 || now - entry.firstFailure > 7 * DAY) {
      entry.firstFailure = now;
      entry.failures = 0;
    }
    entry.failures++;
    const waitMs = Math.min(TIMERS.dialBackoffMost, TIMERS.dialBackoffLeast * 2 ** (entry.failures - 1));
    entry.notBeforeMs = this.clock.monotonicMs() + waitMs;
    this.settleContest(entry);
    if (entry.failures >= (entry.table === "new" ? NEW_FAILURES : TRIED_FAILURES)) this.remove(entry);
  }

  /** A connection there has ended: not again at once. */
  postpone(endpoint: Endpoint): void {
    const entry = this.entries.get(endpointText(endpoint));
    if (entry !== undefined) entry.notBeforeMs = this.clock.monotonicMs() + TIMERS.dialBackoffLeast;
  }

  /** Another network, too old, or ourselves. */
  forget(endpoint: Endpoint): void {
    const entry = this.entries.get(endpointText(endpoint));
    if (entry !== undefined) this.remove(entry);
  }

  /** One to dial: as often of one table as of the other, then evenly over buckets; null if none may be dialled now. */
  choose(mayDial: (endpoint: Endpoint) => boolean, only?: "new"): Endpoint | null {
    const tables =
      only === "new" || this.random.uniform() < 0.5
        ? [this.newBuckets, this.triedBuckets]
        : [this.triedBuckets, this.newBuckets];
    const nowMs = this.clock.monotonicMs();
    for (const table of only === "new" ? [this.newBuckets] : tables) {
      for (const bucket of shuffled(
        this.random,
        table.filter(({ size }) => size > 0),
      )) {
        const entry = pick(
          this.random,
          [...bucket].filter((item) => item.notBeforeMs <= nowMs && mayDial(item)),
        );
        if (entry !== undefined) return entry;
      }
    }
    return null;
  }

  /** One whose place somebody else wants: it is to be dialled before it loses it. */
  contested(): Endpoint | null {
    const next = this.contests.keys().next();
    return next.done ? null : next.value;
  }

  /** Some to tell others: not more than a quarter of all, so that nobody can copy the book. */
  sample(count: number): { endpoint: Endpoint; lastSeen: number }[] {
    const now = this.clock.now();
    const most = Math.min(count, LIMITS.recordsPerMessage, Math.ceil(this.size / 4));
    const good = [...this.entries.values()].filter((e) => e.table === "tried" || now - e.lastSeen < RECENT);
    return shuffled(this.random, good)
      .slice(0, most)
      .map((entry) => ({ endpoint: { host: entry.host, port: entry.port }, lastSeen: Math.floor(entry.lastSeen) }));
  }

  /** Forgets what nobody has seen for a month. */
  expire(): void {
    const now = this.clock.now();
    for (const entry of [...this.entries.values()]) {
      if (entry.table === "new" && now - entry.lastSeen > MONTH) this.remove(entry);
    }
  }

  save(): SavedBook {
    const addresses = [...this.entries.values()].map(
      (e): SavedAddress => [e.host, e.port, e.table, e.source, e.firstSeen, e.lastSeen, e.lastSuccess, e.failures],
    );
    return { key: bytesToHex(this.key), addresses };
  }

  /** Into an empty book. What does not fit any more is left out. */
  restore({ key, addresses }: SavedBook): void {
    const bytes = tryHexToBytes(key);
    if (bytes?.length === this.key.length) this.key = bytes;
    const now = this.clock.now();
    for (const [host, port, table, source, firstSeen, lastSeen, lastSuccess, failures] of addresses) {
      if (this.entries.has(endpointText({ host, port }))) continue;
      const entry = this.makeEntry({ host, port }, source, Math.min(lastSeen, now));
      if (table === "new" && (now - lastSeen > MONTH || !this.hasRoomFor(entry))) continue;
      Object.assign(entry, { firstSeen: Math.min(firstSeen, now), lastSuccess, failures, firstFailure: now });
      this.insert(entry);
      if (table === "tried") this.promote(entry);
    }
  }

  private makeEntry({ host, port }: Endpoint, source: string, lastSeen: number): Entry {
    return {
      host,
      port,
      table: "new",
      bucket: this.newBucket(host, source),
      source,
      // Never from the wire: whoever chose it could make himself look old and reliable.
      firstSeen: this.clock.now(),
      lastSeen,
      lastSuccess: 0,
      failures: 0,
      firstFailure: 0,
      notBeforeMs: 0,
    };
  }

  /** One source group reaches only a few of the buckets. */
  private newBucket(host: string, source: string): number {
    const place = keyedNumber(this.key, `${addressGroup(host)} ${source}`) % LIMITS.bucketsPerSource;
    return keyedNumber(this.key, `${source} ${place}`) % LIMITS.newBuckets;
  }

  private triedBucket({ host, port }: Endpoint): number {
    const place = keyedNumber(this.key, endpointText({ host, port })) % LIMITS.bucketsPerSource;
    return keyedNumber(this.key, `${addressGroup(host)} ${place}`) % LIMITS.triedBuckets;
  }

  private hasRoomFor(entry: Entry): boolean {
    if ((this.perSubnet.get(addressSubnet(entry.host)) ?? 0) >= LIMITS.addressesPerSubnet) return false;
    if ((this.perSource.get(entry.source) ?? 0) >= LIMITS.addressesPerSource) return false;
    const bucket = this.newBuckets[entry.bucket]!;
    if (bucket.size < LIMITS.bucketSize && this.count("new") < LIMITS.newAddresses) return true;
    // Only one that is doubtful gives way: else whoever talks most would replace everybody.
    const now = this.clock.now();
    const doubtful = [...bucket].filter(({ failures, lastSeen }) => failures > 0 || now - lastSeen > RECENT);
    const worst = doubtful.sort((a, b) => b.failures - a.failures || a.lastSeen - b.lastSeen)[0];
    if (worst === undefined) return false;
    this.remove(worst);
    return true;
  }

  private insert(entry: Entry): void {
    this.entries.set(endpointText(entry), entry);
    this.newBuckets[entry.bucket]!.add(entry);
    bump(this.perSubnet, addressSubnet(entry.host), 1);
    bump(this.perSource, entry.source, 1);
  }

  private remove(entry: Entry): void {
    if (!this.entries.delete(endpointText(entry))) return;
    this.leaveTable(entry);
    this.contests.delete(entry);
    for (const [incumbent, challenger] of this.contests) if (challenger === entry) this.contests.delete(incumbent);
  }

  private leaveTable(entry: Entry): void {
    if (entry.table === "tried") {
      this.triedBuckets[entry.bucket]!.delete(entry);
      return;
    }
    this.newBuckets[entry.bucket]!.delete(entry);
    bump(this.perSubnet, addressSubnet(entry.host), -1);
    bump(this.perSource, entry.source, -1);
  }

  /** Into the tried table, if there is room; else the bucket's oldest is to be dialled first. */
  private promote(entry: Entry): void {
    const index = this.triedBucket(entry);
    const bucket = this.triedBuckets[index]!;
    if (bucket.size >= LIMITS.bucketSize || this.count("tried") >= LIMITS.triedAddresses) {
      const oldest = [...bucket].sort((a, b) => a.lastSuccess - b.lastSuccess)[0];
      if (oldest !== undefined && !this.contests.has(oldest)) this.contests.set(oldest, entry);
      return;
    }
    this.leaveTable(entry);
    entry.table = "tried";
    entry.bucket = index;
    bucket.add(entry);
  }

  /** The one that was dialled does not answer: its place is free. */
  private settleContest(entry: Entry): void {
    const challenger = this.contests.get(entry);
    if (challenger === undefined) return;
    this.remove(entry);
    this.promote(challenger);
  }
}

function buckets(count: number): Set<Entry>[] {
  return Array.from({ length: count }, () => new Set<Entry>());
}

function bump(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
