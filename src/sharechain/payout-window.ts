import { ChainCursor } from "./chain-cursor.js";
import { OutputSheet } from "./output-sheet.js";
import { Payee, PayeeRoll } from "./payees.js";
import type { VersionRules } from "./rules.js";
import type { ShareNode, TrackedShare } from "./share-node.js";
import type { Run } from "./split.js";

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

/** An address in the window. */
export class FlatPayee extends Payee {
  weight = 0n;
  /** The weight rounded to the nearest double. */
  roundedWeight = 0;

  constructor(address: string) {
    super(address, address);
  }
}

/** The window as it stands; true until the window is moved again. */
export interface WindowSums {
  /** In any order; whoever sorts them finds them nearly so the next time. */
  readonly payees: FlatPayee[];
  readonly total: bigint;
  payee(address: string): FlatPayee | undefined;
}

interface Sought {
  readonly start: ShareNode;
  readonly maxShares: number;
  readonly maxWeight: bigint;
  /** The share under the last whole one, which may be counted in part. */
  readonly below: ShareNode | null;
}

/** A subsidy divided among the payees of a window: their amounts, order and outputs are those of this division. */
export interface Division {
  readonly sums: WindowSums;
  readonly subsidy: bigint;
  readonly version: VersionRules;
  /** Who is paid by weight. */
  readonly byWeight: Run;
  /** What that leaves. */
  readonly rest: bigint;
}

/** The part that the weight limit cuts from a share that does not fit whole. */
interface Cut {
  readonly address: string;
  readonly weight: bigint;
  readonly total: bigint;
  readonly donation: bigint;
}

/**
 * The PPLNS window of flat payouts as a cursor (spec/04 §6.2): sums over whole shares from some newest share downwards, and of the last one
 * the part that fits. It moves to the next window by what changed. The answer always equals the plain walk.
 */
export class PayoutWindow {
  private readonly cursor = new ChainCursor({
    entered: (node) => this.apply(node.item, 1),
    left: (node) => this.apply(node.item, -1),
    cleared: () => this.clear(),
  });
  /** Outputs of its payees. */
  readonly sheet = new OutputSheet();
  /** The last one; what it says of payees is true for as long as `sums` gives the same object. */
  division: Division | null = null;
  private readonly roll = new PayeeRoll<FlatPayee>();
  private total = 0n;
  private donation = 0n;
  private cut: Cut | null = null;
  /** What the window was last moved to, if asking for it again cannot give another answer. */
  private sought: Sought | null = null;
  private lastSums: WindowSums | null = null;

  /** Shares that the last answer counts, one of which it may count in part. */
  get shares(): number {
    return this.cursor.length + (this.cut === null ? 0 : 1);
  }

  /** Weights from `start` down: at most `maxShares` shares and `maxWeight` in all, of the last share the part that fits. */
  weights(start: ShareNode | null, maxShares: number, maxWeight: bigint): Weights {
    if (!this.seek(start, maxShares, maxWeight)) return NO_WEIGHTS;
    const byAddress = new Map<string, bigint>();
    for (const { address, weight } of this.roll.all()) if (weight > 0n) byAddress.set(address, weight);
    return { byAddress, total: this.total, donation: this.donation };
  }

  /**
   * The same without a copy; the same object for as long as the window is not moved. Payees whose weight is 0 may be among
   * them: their amount is 0 too.
   */
  sums(start: ShareNode | null, maxShares: number, maxWeight: bigint): WindowSums {
    if (!this.seek(start, maxShares, maxWeight)) return { payees: [], total: 0n, payee: () => undefined };
    const { roll, total } = this;
    this.lastSums ??= { payees: roll.inOrder(), total, payee: (address) => roll.get(address) };
    return this.lastSums;
  }

  /** False if the window is empty; then it stays where it was. */
  private seek(start: ShareNode | null, maxShares: number, maxWeight: bigint): boolean {
    if (start === null || maxShares <= 0 || maxWeight <= 0n) return false;
    const { cursor, sought } = this;
    const isSame = sought?.start === start && sought.maxShares === maxShares && sought.maxWeight === maxWeight;
    if (isSame && cursor.isIntact && sought.below?.removed !== true) return true;
    this.lastSums = null;
    this.undoCut();
    cursor.moveTo(start);
    while (cursor.length > maxShares || this.total > maxWeight) cursor.dropOldest();
    let next = cursor.below(start);
    while (next !== null && cursor.length < maxShares && this.total < maxWeight) {
      if (this.total + DONATION_SCALE * next.item.work > maxWeight) {
        this.cutShare(next.item, maxWeight);
        break;
      }
      cursor.takeIn(next);
      next = next.parent;
    }
    // Where the chain ends at a share whose parent is not known yet, the window may be longer the next time.
    this.sought = next !== null || start.last === null ? { start, maxShares, maxWeight, below: next } : null;
    return true;
  }

  private apply({ share, work }: TrackedShare, sign: -1 | 1): void {
    const donated = share.info.data.donation;
    const signedWork = sign === 1 ? work : -work;
    const total = signedWork * DONATION_SCALE;
    const donation = donated === 0 ? 0n : signedWork * BigInt(donated);
    this.credit(share.address, total - donation, sign);
    this.total += total;
    this.donation += donation;
  }

  private credit(address: string, weight: bigint, shares: -1 | 1): void {
    const payee = this.roll.get(address) ?? this.roll.add(new FlatPayee(address));
    payee.weight += weight;
    payee.roundedWeight = Number(payee.weight);
    payee.shares += shares;
    if (payee.shares === 0) this.roll.remove(payee);
  }

  private cutShare({ share }: TrackedShare, maxWeight: bigint): void {
    const { address, info } = share;
    const donated = BigInt(info.data.donation);
    const units = (maxWeight - this.total) / DONATION_SCALE;
    const cut = {
      address,
      weight: units * (DONATION_SCALE - donated),
      total: maxWeight - this.total,
      donation: units * donated,
    };
    this.credit(address, cut.weight, 1);
    this.total += cut.total;
    this.donation += cut.donation;
    this.cut = cut;
  }

  private undoCut(): void {
    if (this.cut === null) return;
    const { address, weight, total, donation } = this.cut;
    this.credit(address, -weight, -1);
    this.total -= total;
    this.donation -= donation;
    this.cut = null;
  }

  private clear(): void {
    this.roll.clear();
    this.total = 0n;
    this.donation = 0n;
  }
}
