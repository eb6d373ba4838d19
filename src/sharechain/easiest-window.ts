import { bitsToTarget } from "../core/compact.js";
import { ChainCursor } from "./chain-cursor.js";
import type { ShareNode } from "./share-node.js";

/** The easiest target that the newest shares of a chain were allowed; moves along the chain at the cost of what changed. */
export class EasiestWindow {
  private readonly cursor = new ChainCursor({
    entered: ({ item }) => this.enter(item.share.info.maxBits),
    left: ({ item }) => this.leave(item.share.info.maxBits),
    cleared: () => this.clear(),
  });
  /** How many shares have each `maxBits`. */
  private readonly counts = new Map<number, number>();
  private easiest = 0n;
  private easiestBits = 0;

  /** Of `start` and the shares below it, `maxShares` in all. */
  target(start: ShareNode, maxShares: number): bigint {
    const { cursor } = this;
    cursor.moveTo(start);
    while (cursor.length > maxShares) cursor.dropOldest();
    for (let next = cursor.below(start); next !== null && cursor.length < maxShares; next = next.parent) {
      cursor.takeIn(next);
    }
    return this.easiest;
  }

  private enter(bits: number): void {
    const count = this.counts.get(bits);
    this.counts.set(bits, (count ?? 0) + 1);
    if (count === undefined) this.consider(bits);
  }

  private leave(bits: number): void {
    const count = this.counts.get(bits)!;
    if (count > 1) {
      this.counts.set(bits, count - 1);
      return;
    }
    this.counts.delete(bits);
    if (bits !== this.easiestBits) return;
    this.easiest = 0n;
    for (const other of this.counts.keys()) this.consider(other);
  }

  private consider(bits: number): void {
    const target = bitsToTarget(bits);
    if (target <= this.easiest) return;
    this.easiest = target;
    this.easiestBits = bits;
  }

  private clear(): void {
    this.counts.clear();
    this.easiest = 0n;
    this.easiestBits = 0;
  }
}
