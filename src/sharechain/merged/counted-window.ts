import { ChainCursor } from "../chain-cursor.js";
import { MERGED_PAYOUTS_SINCE } from "../formats/index.js";
import { DONATION_SCALE } from "../payout-window.js";
import type { ShareNode } from "../share-node.js";

/** What one key earned in a window. */
export interface CountedPayee {
  readonly key: string;
  weight: bigint;
  /** Shares inside the window. */
  shares: number;
}

/** Follows what a window holds. */
export interface CountListener {
  /** The payee's weight changed, or it came, or it left. */
  changed(payee: CountedPayee): void;
  /** All left at once. */
  cleared(): void;
}

const NOBODY: CountListener = { changed: () => {}, cleared: () => {} };

/**
 * The window of merged payouts as a cursor (spec/20 §9.1): flat weights of the shares that vote for version 36 or later; the
 * others take up a place and count for nothing. Moves by what changed, and equals the plain sum.
 */
export class CountedWindow {
  private readonly keyOf: (node: ShareNode) => string;
  private readonly listener: CountListener;
  private readonly cursor = new ChainCursor({
    entered: (node) => this.apply(node, 1),
    left: (node) => this.apply(node, -1),
    cleared: () => this.clear(),
  });
  private readonly byKey = new Map<string, CountedPayee>();
  /** Σ work · 65535, and the part of it that is donated. */
  total = 0n;
  donation = 0n;

  constructor(keyOf: (node: ShareNode) => string, listener = NOBODY) {
    this.keyOf = keyOf;
    this.listener = listener;
  }

  /** Makes the window that of a share on `parent`. */
  moveTo(parent: ShareNode | null, maxShares: number): void {
    const { cursor } = this;
    if (parent === null) {
      cursor.clear();
      return;
    }
    cursor.moveTo(parent);
    while (cursor.length > maxShares) cursor.dropOldest();
    let next = cursor.below(parent);
    while (next !== null && cursor.length < maxShares) {
      cursor.takeIn(next);
      next = next.parent;
    }
  }

  payees(): IterableIterator<CountedPayee> {
    return this.byKey.values();
  }

  private apply(node: ShareNode, sign: -1 | 1): void {
    const { share, work } = node.item;
    const { desiredVersion, donation } = share.info.data;
    if (desiredVersion < MERGED_PAYOUTS_SINCE) return;
    const signed = sign === 1 ? work : -work;
    const total = signed * DONATION_SCALE;
    const donated = signed * BigInt(donation);
    this.total += total;
    this.donation += donated;
    const key = this.keyOf(node);
    let payee = this.byKey.get(key);
    if (payee === undefined) {
      payee = { key, weight: 0n, shares: 0 };
      this.byKey.set(key, payee);
    }
    payee.weight += total - donated;
    payee.shares += sign;
    if (payee.shares === 0) this.byKey.delete(key);
    this.listener.changed(payee);
  }

  private clear(): void {
    this.byKey.clear();
    this.total = 0n;
    this.donation = 0n;
    this.listener.cleared();
  }
}
