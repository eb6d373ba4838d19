import { Deque } from "../core/deque.js";
import type { ShareNode, TrackedShare } from "./share-node.js";

/** Denominator of donations, and of every weight (spec/04 §6). */
export const DONATION_SCALE = 65535n;

/** What each address earned in a stretch of shares. total = sum of the weights + donation. */
export interface Weights {
  /** By payout address text; none is zero. */
  readonly byAddress: ReadonlyMap<string, bigint>;
  readonly total: bigint;
  readonly donation: bigint;
}

const NO_WEIGHTS: Weights = { byAddress: new Map(), total: 0n, donation: 0n };

interface Entry {
  weight: bigint;
  /** Shares of this address inside the window. */
  shares: number;
}

/**
 * The PPLNS window as a cursor (spec/04 §6.2). It keeps the sums over whole shares from some newest share downwards, and
 * moves to the next window by adding and dropping shares at its two ends, so that a share costs what changed and not the
 * length of the window. Forks are followed down to the common ancestor and up again; where that is further than the window
 * is long, it is summed up anew. The answer always equals the plain walk.
 */
export class PayoutWindow {
  /** Linked by parent from front (newest) to back (oldest). */
  private readonly shares = new Deque<ShareNode>();
  private readonly entries = new Map<string, Entry>();
  private total = 0n;
  private donation = 0n;

  /** Weights from `start` down: at most `maxShares` shares and `maxWeight` in all, of the last share the part that fits. */
  weights(start: ShareNode | null, maxShares: number, maxWeight: bigint): Weights {
    if (start === null || maxShares <= 0 || maxWeight <= 0n) return NO_WEIGHTS;
    this.moveTo(start);
    while (this.shares.length > maxShares || this.total > maxWeight) this.apply(this.shares.popBack()!.item, -1);
    let next: ShareNode | null = this.shares.length === 0 ? start : this.shares.back()!.parent;
    while (next !== null && this.shares.length < maxShares && this.total < maxWeight) {
      if (this.total + DONATION_SCALE * next.item.work > maxWeight) return this.snapshot(next.item, maxWeight);
      this.apply(next.item, 1);
      this.shares.pushBack(next);
      next = next.parent;
    }
    return this.snapshot(null, maxWeight);
  }

  /** Makes `start` the newest share, or empties the window. */
  private moveTo(start: ShareNode): void {
    const { shares } = this;
    const longest = shares.length;
    const added: ShareNode[] = [];
    // Nodes are compared by identity alone, so a stale position of a removed share costs a rebuild and nothing else.
    let node: ShareNode | null = start;
    while (node !== null && shares.length > 0 && added.length <= longest) {
      while (shares.length > 0 && shares.front()!.position > node.position) this.apply(shares.popFront()!.item, -1);
      if (shares.front() === node) {
        for (let i = added.length - 1; i >= 0; i--) {
          this.apply(added[i]!.item, 1);
          shares.pushFront(added[i]!);
        }
        return;
      }
      added.push(node);
      node = node.parent;
    }
    shares.clear();
    this.entries.clear();
    this.total = 0n;
    this.donation = 0n;
  }

  private apply({ share, work }: TrackedShare, sign: -1 | 1): void {
    const donated = BigInt(share.info.data.donation);
    const signedWork = sign === 1 ? work : -work;
    const weight = signedWork * (DONATION_SCALE - donated);
    const entry = this.entries.get(share.address);
    if (entry === undefined) this.entries.set(share.address, { weight, shares: 1 });
    else {
      entry.weight += weight;
      entry.shares += sign;
      if (entry.shares === 0) this.entries.delete(share.address);
    }
    this.total += signedWork * DONATION_SCALE;
    this.donation += signedWork * donated;
  }

  /** The sums as plain data, with the part of the share that the weight limit cuts. */
  private snapshot(cut: TrackedShare | null, maxWeight: bigint): Weights {
    const byAddress = new Map<string, bigint>();
    for (const [address, { weight }] of this.entries) if (weight > 0n) byAddress.set(address, weight);
    if (cut === null) return { byAddress, total: this.total, donation: this.donation };
    const { address, info } = cut.share;
    const donated = BigInt(info.data.donation);
    const units = (maxWeight - this.total) / DONATION_SCALE;
    const weight = units * (DONATION_SCALE - donated);
    if (weight > 0n) byAddress.set(address, (byAddress.get(address) ?? 0n) + weight);
    return { byAddress, total: maxWeight, donation: this.donation + units * donated };
  }
}
