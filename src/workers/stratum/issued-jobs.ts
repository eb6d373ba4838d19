import type { AssignedDifficulty } from "../difficulty.js";
import type { WireJob } from "./notify.js";

/** A job as it was issued. Never changed: connections that got the same job in the same way share one. */
export interface IssuedJob {
  readonly wire: WireJob;
  readonly versionMask: number;
  /** Its generation transaction is longer than the miner is known to take. */
  readonly isTooLong: boolean;
  /** When it was issued, on the monotonic clock. */
  readonly atMs: number;
  /** Of the tip at that moment, and of the coin's block. */
  readonly generation: number;
  readonly blockGeneration: number;
}

/** A job that a connection has, as it stands now. */
export interface FoundJob {
  readonly issued: IssuedJob;
  /** Target it was issued with; solutions are judged at it (spec/10 §9.3 item 3). */
  readonly target: bigint;
  /** The easiest target sent with it or later: miners may already apply it to this job (spec/11 §4.6). */
  readonly easiest: bigint;
}

/** A difficulty, and how many jobs had been issued before the first with it. */
interface DifficultyChange {
  readonly before: number;
  readonly difficulty: AssignedDifficulty;
}

/**
 * The last jobs of one connection. New work makes thousands of entries at once, one for every connection: an entry is a place in
 * a ring, and what it says is shared. Each connection has a difficulty of its own, which seldom changes: kept are the changes.
 */
export class IssuedJobs {
  private readonly limit: number;
  private readonly ring: IssuedJob[] = [];
  /** Entries ever made; the next one's place follows from it. */
  private made = 0;
  /** The largest number among all that were issued. */
  private newest = 0;
  /** In the order of time; the first holds for the oldest entry. */
  private readonly changes: DifficultyChange[] = [];
  private difficulty: AssignedDifficulty | null = null;

  /** `limit`: entries kept; the oldest goes first. */
  constructor({ limit }: { limit: number }) {
    this.limit = limit;
  }

  add(issued: IssuedJob, difficulty: AssignedDifficulty): void {
    if (difficulty !== this.difficulty) this.changeTo(difficulty);
    this.ring[this.made++ % this.limit] = issued;
    if (issued.wire.number > this.newest) this.newest = issued.wire.number;
  }

  private changeTo(difficulty: AssignedDifficulty): void {
    const { changes, made } = this;
    const oldest = made + 1 - this.limit;
    while (changes.length > 1 && changes[1]!.before <= oldest) changes.shift();
    changes.push({ before: made, difficulty });
    this.difficulty = difficulty;
  }

  /** Reads what `has` and `add` need; the number means nothing. */
  warm(): number {
    return this.newest + (this.ring[this.made % this.limit] === undefined ? 0 : 1);
  }

  has(wire: WireJob): boolean {
    // Of new work none can be known, and nothing has to be looked at.
    return wire.number <= this.newest && this.ring.some((issued) => issued.wire === wire);
  }

  find(id: string): FoundJob | undefined {
    let easiest = 0n;
    let change = this.changes.length - 1;
    for (let back = 1; back <= this.ring.length; back++) {
      const index = this.made - back;
      while (this.changes[change]!.before > index) change--;
      const { target } = this.changes[change]!.difficulty;
      if (target > easiest) easiest = target;
      const issued = this.ring[index % this.limit]!;
      if (issued.wire.id === id) return { issued, target, easiest };
    }
    return undefined;
  }
}
