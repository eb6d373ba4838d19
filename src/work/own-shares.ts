import type { ShareId } from "../sharechain/contents.js";
import type { ShareNode } from "../sharechain/share-node.js";

/** What became of the shares that this node made since it started. */
export interface OwnShareCounts {
  readonly total: number;
  /** Late ones that are not in the best chain. */
  readonly dead: number;
  /** In time, and not in the best chain all the same. */
  readonly orphaned: number;
}

/** Announcement that a new share is to carry (spec/10 §8.7). */
const STALE_NONE = 0;
const STALE_ORPHAN = 253;
const STALE_DEAD = 254;

interface Tally {
  shares: number;
  dead: number;
  announcedOrphans: number;
  announcedDead: number;
}

/** Own shares kept apart as late or not; the oldest are forgotten with their chance of ever counting. */
const MAX_REMEMBERED = 100_000;

/**
 * Stale accounting of this node's own shares (spec/10 §12.3). Follows the best chain: counts what it holds of ours, and
 * keeps what pruning cuts off its end. A move costs what changed of the chain. A late share that gets into the chain after
 * all counts as good.
 */
export class OwnShares {
  /** Whether it came late, by id. */
  private readonly late = new Map<ShareId, boolean>();
  /** Those of earlier runs: ours, and counted by them. Bounded by what a store holds. */
  private readonly earlier = new Set<ShareId>();
  private lateCount = 0;
  private total = 0;
  private readonly inChain: Tally = { shares: 0, dead: 0, announcedOrphans: 0, announcedDead: 0 };
  private best: ShareNode | null = null;

  /** To be called before the share enters the tracker, so that the move to it finds it. */
  add(id: ShareId, isLate: boolean): void {
    if (this.late.has(id)) return;
    if (this.late.size >= MAX_REMEMBERED) {
      const oldest = this.late.keys().next();
      if (!oldest.done) this.late.delete(oldest.value);
    }
    this.late.set(id, isLate);
    this.total++;
    if (isLate) this.lateCount++;
  }

  /** A share of an earlier run. Those made first come first. */
  remember(id: ShareId): void {
    this.earlier.add(id);
  }

  has(id: string): boolean {
    return this.late.has(id as ShareId);
  }

  /** Whether a share of ours came late, as far as this run knows; null for one that is not ours. */
  isLate(id: string): boolean | null {
    return this.late.get(id as ShareId) ?? (this.earlier.has(id as ShareId) ? false : null);
  }

  /** Those made last first, `limit` of them at most. */
  newest(limit: number): ShareId[] {
    return [...this.earlier, ...this.late.keys()].slice(-limit).reverse();
  }

  /** The best chain now ends at `best`. */
  moveTo(best: ShareNode | null): void {
    let down = this.best;
    let up = best;
    const entering: ShareNode[] = [];
    // To where both chains meet; a chain that shares nothing with the last one is entered as a whole.
    while (down !== up && (down !== null || up !== null)) {
      if (down !== null && (up === null || down.position >= up.position)) {
        this.count(down, -1);
        down = down.parent;
      } else {
        entering.push(up!);
        up = up!.parent;
      }
    }
    for (const node of entering) this.count(node, 1);
    this.best = best;
  }

  counts(): OwnShareCounts {
    const notInChain = this.total - this.inChain.shares;
    const dead = this.lateCount - this.inChain.dead;
    return { total: this.total, dead, orphaned: notInChain - dead };
  }

  /** What the next share should announce: one stale that no share in the chain has announced yet, orphans first. */
  announcement(): number {
    const { dead, orphaned } = this.counts();
    if (orphaned > this.inChain.announcedOrphans) return STALE_ORPHAN;
    return dead > this.inChain.announcedDead ? STALE_DEAD : STALE_NONE;
  }

  private count(node: ShareNode, sign: -1 | 1): void {
    const isLate = this.late.get(node.id);
    if (isLate === undefined) return;
    const { staleInfo } = node.item.share.info.data;
    this.inChain.shares += sign;
    if (isLate) this.inChain.dead += sign;
    if (staleInfo === STALE_ORPHAN) this.inChain.announcedOrphans += sign;
    if (staleInfo === STALE_DEAD) this.inChain.announcedDead += sign;
  }
}
