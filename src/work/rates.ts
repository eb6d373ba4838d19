import { Deque } from "../core/deque.js";

interface Entry {
  readonly at: number;
  readonly key: string;
  readonly work: number;
  readonly dead: boolean;
}

/** Hashes per second of one worker or address. */
export interface Rate {
  readonly hashRate: number;
  /** The part of it that came back too late. */
  readonly deadHashRate: number;
}

/** Entries kept at most; the oldest are dropped, which shortens the window (spec/09: bounded memory). */
const MAX_ENTRIES = 100_000;

/**
 * Work proven by pseudo-shares over a sliding window, by key (spec/10 §12.1). The clock of the window starts when the
 * object is made, and the first datum counts; the reference drops it and under-reports slow miners.
 */
export class RateMonitor {
  private readonly entries = new Deque<Entry>();
  private readonly windowSeconds: number;
  private readonly startedAt: number;

  /** `now`: seconds since 1970. */
  constructor(windowSeconds: number, now: number) {
    this.windowSeconds = windowSeconds;
    this.startedAt = now;
  }

  /** `work`: expected hashes that one solution at this target stands for. */
  add(at: number, key: string, work: bigint, dead: boolean): void {
    this.entries.pushBack({ at, key, work: Number(work), dead });
    this.expire(at);
    if (this.entries.length > MAX_ENTRIES) this.entries.popFront();
  }

  rates(now: number): Map<string, Rate> {
    this.expire(now);
    const sums = new Map<string, { work: number; dead: number }>();
    for (const { key, work, dead } of this.entries) {
      const sum = sums.get(key) ?? { work: 0, dead: 0 };
      sum.work += work;
      if (dead) sum.dead += work;
      sums.set(key, sum);
    }
    // A window of a second at least: the very first solutions would otherwise look like a farm.
    const seconds = Math.max(1, Math.min(this.windowSeconds, now - this.startedAt));
    const rates = new Map<string, Rate>();
    for (const [key, { work, dead }] of sums)
      rates.set(key, { hashRate: work / seconds, deadHashRate: dead / seconds });
    return rates;
  }

  private expire(now: number): void {
    while ((this.entries.front()?.at ?? now) < now - this.windowSeconds) this.entries.popFront();
  }
}
