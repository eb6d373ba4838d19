import { Deque } from "../core/deque.js";
import type { ShareNode } from "./share-node.js";

type StretchEnd = "newest" | "oldest";

/** What a cursor tells of the stretch it stands on, so that sums over the stretch follow it. */
export interface StretchSums {
  entered(node: ShareNode, end: StretchEnd): void;
  left(node: ShareNode, end: StretchEnd): void;
  /** Everything left at once. */
  cleared(): void;
}

/**
 * A stretch of a chain that moves by adding and dropping shares at its two ends, so that sums over it cost what changed and
 * not its length. Forks are followed down to the common ancestor and up again; where that is further than the stretch is
 * long, it starts anew.
 */
export class ChainCursor {
  /** Linked by parent from front (newest) to back (oldest). */
  private readonly shares = new Deque<ShareNode>();
  private readonly sums: StretchSums;

  constructor(sums: StretchSums) {
    this.sums = sums;
  }

  get length(): number {
    return this.shares.length;
  }

  /** Makes `start` the newest share, or empties the stretch. */
  moveTo(start: ShareNode): void {
    const { shares, sums } = this;
    this.dropRemoved();
    // The next share of the same chain, as nearly always.
    if (shares.front() === start.parent) {
      sums.entered(start, "newest");
      shares.pushFront(start);
      return;
    }
    const longest = shares.length;
    const added: ShareNode[] = [];
    let node: ShareNode | null = start;
    while (node !== null && shares.length > 0 && added.length <= longest) {
      while (shares.length > 0 && shares.front()!.position > node.position) sums.left(shares.popFront()!, "newest");
      if (shares.front() === node) {
        for (let i = added.length - 1; i >= 0; i--) {
          sums.entered(added[i]!, "newest");
          shares.pushFront(added[i]!);
        }
        return;
      }
      added.push(node);
      node = node.parent;
    }
    this.clear();
  }

  clear(): void {
    this.shares.clear();
    this.sums.cleared();
  }

  /** Stands on `count` shares from `from` down, or on as many as there are. */
  standOn(from: ShareNode, count: number): void {
    this.moveTo(from);
    while (this.length > count) this.dropOldest();
    let next = this.below(from);
    while (next !== null && this.length < count) {
      this.takeIn(next);
      next = next.parent;
    }
  }

  /** Pruning takes shares from the two ends of a chain; one that comes back does so as another node, with other links. */
  private dropRemoved(): void {
    const { shares, sums } = this;
    while (shares.front()?.removed === true) sums.left(shares.popFront()!, "newest");
    while (shares.back()?.removed === true) sums.left(shares.popBack()!, "oldest");
  }

  /** Whether all its shares are still there. */
  get isIntact(): boolean {
    return this.shares.front()?.removed !== true && this.shares.back()?.removed !== true;
  }

  dropOldest(): void {
    const oldest = this.shares.popBack();
    if (oldest !== undefined) this.sums.left(oldest, "oldest");
  }

  /** The share that would come in next at the old end; null if none is known. */
  below(start: ShareNode): ShareNode | null {
    return this.shares.length === 0 ? start : this.shares.back()!.parent;
  }

  takeIn(node: ShareNode): void {
    this.sums.entered(node, "oldest");
    this.shares.pushBack(node);
  }
}
