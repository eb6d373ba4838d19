import { Deque } from "../core/deque.js";

interface Entry {
  readonly at: number;
  readonly key: string;
  work: number;
}

interface KeySum {
  work: number;
  entries: number;
  newest: Entry;
}

/** Before this the first solutions would make a miner look like a farm (spec/10 §8.4). */
const MIN_SECONDS = 60;
/** With more entries than this, what one key brings within a sixtieth of the window is one entry. */
const SINGLE_ENTRIES = 20_000;
/** Entries kept at most, enough for ten thousand keys: the oldest are dropped, and the window is as much shorter (spec/09: bounded memory). */
const MAX_ENTRIES = 600_000;

/**
 * Work proven by pseudo-shares over a sliding window, by key (spec/10 §12.1). The clock of the window starts when the
 * object is made, and the first datum counts; the reference drops it and under-reports slow miners.
 */
export class RateMonitor {
  private readonly entries = new Deque<Entry>();
  private readonly sums = new Map<string, KeySum>();
  private readonly windowSeconds: number;
  private readonly limits: { readonly single: number; readonly most: number };
  private startedAt: number;

  /** `now`: seconds since 1970. */
  constructor(windowSeconds: number, now: number, limits = { single: SINGLE_ENTRIES, most: MAX_ENTRIES }) {
    this.windowSeconds = windowSeconds;
    this.startedAt = now;
    this.limits = limits;
  }

  /** `work`: expected hashes that one solution stands for. */
  add(at: number, key: string, work: bigint | number): void {
    const amount = Number(work);
    const sum = this.sums.get(key);
    const isMany = this.entries.length >= this.limits.single;
    if (isMany && sum !== undefined && at - sum.newest.at < this.windowSeconds / 60) {
      sum.newest.work += amount;
      sum.work += amount;
    } else {
      const entry = { at, key, work: amount };
      this.entries.pushBack(entry);
      if (sum === undefined) this.sums.set(key, { work: amount, entries: 1, newest: entry });
      else {
        sum.work += amount;
        sum.entries++;
        sum.newest = entry;
      }
    }
    this.expire(at);
    if (this.entries.length > this.limits.most) this.startedAt = Math.max(this.startedAt, this.drop());
  }

  /** Hashes per second of a key; null while the window is too young to tell, 0 for a key that is not in it. */
  rate(key: string, now: number): number | null {
    this.expire(now);
    const seconds = Math.min(this.windowSeconds, now - this.startedAt);
    return seconds < MIN_SECONDS ? null : (this.sums.get(key)?.work ?? 0) / seconds;
  }

  private expire(now: number): void {
    while ((this.entries.front()?.at ?? now) < now - this.windowSeconds) this.drop();
  }

  /** Returns when the oldest entry was made. */
  private drop(): number {
    const entry = this.entries.popFront()!;
    const sum = this.sums.get(entry.key)!;
    sum.work -= entry.work;
    // The last one takes the sum with it, and with it whatever rounding has left.
    if (--sum.entries === 0) this.sums.delete(entry.key);
    return entry.at;
  }
}

/** Solutions that the estimate of the whole node is made of (spec/10 §12.2). */
const NODE_RATE_ENTRIES = 50;

/** Hash rate of all miners of the node together, quick to follow: difficulties of new miners start from it. */
export class NodeRate {
  private readonly newest: { readonly at: number; readonly work: number }[] = [];

  /** `at`: seconds. `work`: expected hashes. */
  add(at: number, work: bigint | number): void {
    this.newest.push({ at, work: Number(work) });
    if (this.newest.length > NODE_RATE_ENTRIES) this.newest.shift();
  }

  /** Hashes per second; null before there are enough solutions. */
  rate(): number | null {
    if (this.newest.length < NODE_RATE_ENTRIES) return null;
    const seconds = this.newest.at(-1)!.at - this.newest[0]!.at;
    // The first one only says when the time of the others began.
    const work = this.newest.slice(1).reduce((sum, entry) => sum + entry.work, 0);
    const rate = seconds > 0 ? Math.floor(work / seconds) : 0;
    return rate > 0 ? rate : null;
  }
}
