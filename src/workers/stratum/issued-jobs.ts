import type { WireJob } from "./notify.js";

/** A job as one connection has it. */
export interface IssuedJob {
  readonly wire: WireJob;
  /** Target it was issued with; solutions are judged at it (spec/10 §9.3 item 3). */
  readonly target: bigint;
  /** The easiest target sent since: miners may already apply it to this job (spec/11 §4.6). */
  readonly easiest: bigint;
  readonly versionMask: number;
  /** Its generation transaction is longer than the miner is known to take. */
  readonly isTooLong: boolean;
  /** When it was issued, on the monotonic clock. */
  readonly atMs: number;
  readonly blockGeneration: number;
}

/**
 * The last jobs of one connection. New work makes thousands of entries at once, one for every connection: they are columns of a
 * ring, so that an entry costs no object that the collector would have to move.
 */
export class IssuedJobs {
  private readonly limit: number;
  private readonly wires: WireJob[] = [];
  private readonly targets: bigint[] = [];
  private readonly easiest: bigint[] = [];
  private readonly masks: number[] = [];
  private readonly tooLong: boolean[] = [];
  private readonly times: number[] = [];
  private readonly generations: number[] = [];
  /** Entries ever made; the next one's place follows from it. */
  private made = 0;
  private newest: WireJob | null = null;

  /** `limit`: entries kept; the oldest goes first. */
  constructor({ limit }: { limit: number }) {
    this.limit = limit;
  }

  add(issued: Omit<IssuedJob, "easiest">): void {
    const at = this.made++ % this.limit;
    this.wires[at] = issued.wire;
    this.targets[at] = issued.target;
    this.easiest[at] = issued.target;
    this.masks[at] = issued.versionMask;
    this.tooLong[at] = issued.isTooLong;
    this.times[at] = issued.atMs;
    this.generations[at] = issued.blockGeneration;
    if (this.newest === null || issued.wire.number > this.newest.number) this.newest = issued.wire;
  }

  /** An easier target was sent: it holds for the jobs before it as well. */
  ease(target: bigint): void {
    for (const [at, easiest] of this.easiest.entries()) if (easiest < target) this.easiest[at] = target;
  }

  has(wire: WireJob): boolean {
    // Of new work none can be known, and nothing has to be looked at.
    return this.newest !== null && wire.number <= this.newest.number && this.wires.includes(wire);
  }

  find(id: string): IssuedJob | undefined {
    for (let back = 1; back <= this.wires.length; back++) {
      const at = (this.made - back) % this.limit;
      const wire = this.wires[at]!;
      if (wire.id !== id) continue;
      return {
        wire,
        target: this.targets[at]!,
        easiest: this.easiest[at]!,
        versionMask: this.masks[at]!,
        isTooLong: this.tooLong[at]!,
        atMs: this.times[at]!,
        blockGeneration: this.generations[at]!,
      };
    }
    return undefined;
  }
}
