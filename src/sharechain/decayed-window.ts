import { ChainCursor } from "./chain-cursor.js";
import { Decay } from "./decay.js";
import { OutputSheet } from "./output-sheet.js";
import { Payee, PayeeRoll } from "./payees.js";
import { DONATION_SCALE } from "./payout-window.js";
import { PlainDecayedSums } from "./plain-decayed-sums.js";
import type { ShareRules, VersionRules } from "./rules.js";
import type { ShareNode } from "./share-node.js";
import type { Split } from "./split.js";
import { TOTAL, WeightBounds } from "./weight-bounds.js";

/** What each script earned in a stretch of shares (spec/20 §6). total = sum of the weights + donation. */
export interface DecayedWeights {
  /** By the script's bytes as characters; some may be zero. */
  readonly byScript: ReadonlyMap<string, bigint>;
  readonly total: bigint;
  readonly donation: bigint;
}

export class DecayedPayee extends Payee {
  /** Among the bounds of weights. */
  slot = 0;
}

/** The window as it stands; true until it is moved again. */
export interface DecayedSums {
  readonly payees: DecayedPayee[];
  /** Of the payees' weights and the total. */
  readonly bounds: WeightBounds;
  payee(key: string): DecayedPayee | undefined;
  /** Narrows the bounds of all weights, where that can be done; costs a short walk over the window. */
  narrow(): void;
  /** The weights themselves; costs a walk over the window. */
  exact(): ExactWeights;
}

interface Sought {
  readonly start: ShareNode;
  readonly maxShares: number;
}

/** A subsidy divided among the payees of a window: their amounts, order and outputs are those of this division. */
export interface DecayedDivision {
  readonly sums: DecayedSums;
  readonly subsidy: bigint;
  readonly version: VersionRules;
  readonly split: Split;
}

export interface ExactWeights {
  readonly total: bigint;
  weightOf(payee: DecayedPayee): bigint;
}

/**
 * The window of decayed payouts as a cursor (spec/20 §6). Each share is rounded down at each depth, so exact weights cannot be
 * had from those of the window before: they would cost the length of the window for every share. What a payout needs of
 * them is less: which two amounts it lies between. The factors follow a smooth curve closely enough for that nearly always,
 * and sums along the curve move by what changed. Where they do not tell, a walk in doubles mostly does, and where that does
 * not either, the plain sum: so every answer is exact.
 */
export class DecayedWindow {
  private readonly rules: ShareRules;
  private readonly decay: Decay;
  private readonly cursor = new ChainCursor({
    entered: (node, end) => this.enter(node, end),
    left: (_, end) => this.leave(end),
    cleared: () => this.clear(),
  });
  /** Outputs of its payees. */
  readonly sheet = new OutputSheet();
  /** The last one; what it says of payees is true for as long as `sums` gives the same object. */
  division: DecayedDivision | null = null;
  private readonly roll = new PayeeRoll<DecayedPayee>();
  private readonly plain: PlainDecayedSums<DecayedPayee>;
  private readonly bounds = new WeightBounds();
  /** What the window was last moved to, if asking for it again cannot give another answer. */
  private sought: Sought | null = null;
  private lastSums: DecayedSums | null = null;
  private plainWalks = 0;
  private closeWalks = 0;

  /** `longest`: most shares of a window. */
  constructor(rules: ShareRules, longest = rules.network.realChainLength) {
    this.rules = rules;
    this.decay = new Decay(rules.network.chainLength, longest);
    this.plain = new PlainDecayedSums(this.decay);
  }

  /** How often a plain sum was needed, for tests and benches of how rare that is. */
  get plainSums(): number {
    return this.plainWalks;
  }

  /** How often a walk in doubles was. */
  get closeSums(): number {
    return this.closeWalks;
  }

  /** Weights from `start` down, at most `maxShares` shares; exact. */
  weights(start: ShareNode | null, maxShares: number): DecayedWeights {
    this.seek(start, maxShares);
    const { total, weightOf } = this.exact();
    const byScript = new Map<string, bigint>();
    let earned = 0n;
    for (const payee of this.roll.all()) {
      const weight = weightOf(payee);
      byScript.set(payee.key, weight);
      earned += weight;
    }
    return { byScript, total, donation: total - earned };
  }

  /** The same without the exact weights; the same object for as long as the window is not moved. */
  sums(start: ShareNode | null, maxShares: number): DecayedSums {
    this.seek(start, maxShares);
    if (this.lastSums !== null) return this.lastSums;
    const { roll, bounds, decay } = this;
    bounds.estimate(1 / decay.growth(this.plain.newest), decay);
    this.lastSums = {
      payees: roll.inOrder(),
      bounds,
      payee: (key) => roll.get(key),
      narrow: () => this.narrow(),
      exact: () => this.exact(),
    };
    return this.lastSums;
  }

  private narrow(): void {
    this.closeWalks++;
    const { bounds } = this;
    bounds.startWalk();
    const sums = this.plain.closeSums((payee, weight) => bounds.addWalked(payee.slot, weight));
    if (sums === null) return;
    bounds.addWalked(TOTAL, sums.total * Number(DONATION_SCALE));
    bounds.narrow(sums.error);
  }

  private exact(): ExactWeights {
    this.plainWalks++;
    const { total, weights } = this.plain.sum();
    return { total: total * DONATION_SCALE, weightOf: (payee) => weights.get(payee) ?? 0n };
  }

  private seek(start: ShareNode | null, wanted: number): void {
    const { cursor, decay, sought } = this;
    const maxShares = Math.min(wanted, decay.high.length);
    if (sought !== null && sought.start === start && sought.maxShares === maxShares && cursor.isIntact) return;
    this.sought = null;
    this.lastSums = null;
    if (start === null || maxShares <= 0) {
      cursor.clear();
      return;
    }
    if (Math.abs(this.plain.newest) > decay.reach / 2) cursor.clear();
    cursor.moveTo(start);
    while (cursor.length > maxShares) cursor.dropOldest();
    let next = cursor.below(start);
    while (next !== null && cursor.length < maxShares) {
      cursor.takeIn(next);
      next = next.parent;
    }
    // Where the chain ends at a share whose parent is not known yet, the window may be longer the next time.
    this.sought = cursor.length === maxShares || start.last === null ? { start, maxShares } : null;
  }

  private enter({ item }: ShareNode, end: "newest" | "oldest"): void {
    const { share, work } = item;
    const payable = share.payable ?? this.rules.payable(share.address, "fixed");
    // No script has such a key.
    const key = payable?.scriptKey ?? `\u{100}${share.address}`;
    const payee = this.roll.get(key) ?? this.addPayee(key, share.address, payable?.script ?? null);
    const part = Number(DONATION_SCALE) - share.info.data.donation;
    const growth = BigInt(this.decay.growth(this.plain.enter(end, payee, part, work)));
    this.bounds.add(payee.slot, work * BigInt(part), growth, part);
    payee.shares++;
    this.bounds.add(TOTAL, work * DONATION_SCALE, growth, Number(DONATION_SCALE));
  }

  private addPayee(key: string, address: string, script: Uint8Array | null): DecayedPayee {
    const payee = new DecayedPayee(key, address, script);
    payee.slot = this.bounds.take();
    return this.roll.add(payee);
  }

  private leave(end: "newest" | "oldest"): void {
    const { place, payee, part, work } = this.plain.leave(end);
    const growth = BigInt(this.decay.growth(place));
    this.bounds.subtract(payee.slot, work * BigInt(part), growth, part);
    this.bounds.subtract(TOTAL, work * DONATION_SCALE, growth, Number(DONATION_SCALE));
    if (--payee.shares > 0) return;
    this.roll.remove(payee);
    this.bounds.release(payee.slot);
  }

  private clear(): void {
    this.roll.clear();
    this.plain.clear();
    this.bounds.clear();
  }
}
