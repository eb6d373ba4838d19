import { bitsToTarget, targetToAttempts, targetToDifficulty } from "../core/compact.js";
import { staleInfoOfByte } from "../core/stale-info.js";
import { PayeeIndex } from "../sharechain/payee-index.js";
import { PayoutWindow } from "../sharechain/payout-window.js";
import { PayoutWindows } from "../sharechain/payout-windows.js";
import { expectedPayouts } from "../sharechain/payouts.js";
import type { ShareNode } from "../sharechain/share-node.js";
import { type StaleTally, TallyWindow } from "../sharechain/tally-window.js";
import { poolRateExact } from "../sharechain/targets.js";
import type { Tracker } from "../sharechain/tracker.js";
import { succession } from "../sharechain/versions.js";
import { type Votes, VoteWindow } from "../sharechain/vote-window.js";

/** Over some shares from the best one down (spec/12 A.2). */
export interface StretchFigures {
  /** Shares. */
  readonly count: number;
  /** Hashes per second that found shares of the chain; null for fewer than two shares. */
  readonly rate: number | null;
  /** Part of the pool's shares that was lost, 0 to 1. */
  readonly staleFraction: number;
  /** Work by announcement over all but the oldest share, `good` for all of it. */
  readonly staleWork: ReadonlyMap<string, bigint>;
  /** The same in hashes per second. */
  readonly staleRates: ReadonlyMap<string, number>;
  /** Shares of ours, and those of them that announce a stale. */
  readonly own: { readonly shares: number; readonly orphan: number; readonly dead: number };
  /** Hashes per second of our shares among all but the oldest. */
  readonly ownRate: number;
}

/** Weight that no window reaches: for sums over a number of shares only. */
const UNLIMITED = 1n << 400n;
/** Shares that `/rate` and `/users` look at (spec/12 A.2). */
const RECENT = 720;

export interface ChainFiguresOptions {
  readonly tracker: Tracker;
  /** Whether this node made a share; has to know before the share is in the chain. */
  readonly isOwn: (id: string) => boolean;
}

/**
 * What the best chain says about the pool: kept as sums that follow the tip by what changed, so that no question walks the
 * chain (spec/12 D.7). Answers are worked out once per tip, when first asked for.
 */
export class ChainFigures {
  readonly tracker: Tracker;
  private readonly tallies: { readonly recent: TallyWindow; readonly hour: TallyWindow; readonly voting: TallyWindow };
  private readonly votesWindow = new VoteWindow();
  private readonly decisiveWindow = new VoteWindow();
  private readonly usersWindow = new PayoutWindow();
  private readonly payoutWindows: PayoutWindows;
  private readonly index = new PayeeIndex();
  private readonly blockIndex = new PayeeIndex();
  private tip: ShareNode | null = null;
  private answers = new Map<string, unknown>();

  constructor({ tracker, isOwn }: ChainFiguresOptions) {
    this.tracker = tracker;
    this.payoutWindows = new PayoutWindows(tracker.rules);
    this.tallies = { recent: new TallyWindow(isOwn), hour: new TallyWindow(isOwn), voting: new TallyWindow(isOwn) };
  }

  get best(): ShareNode | null {
    return this.tip;
  }

  /** The tip changed. Sums follow when they are next asked for. */
  setBest(best: ShareNode | null): void {
    if (best === this.tip) return;
    this.tip = best;
    this.answers = new Map();
  }

  /** Shares of an hour, at the pace that the network aims at. */
  get hourOfShares(): number {
    return Math.floor(3600 / this.tracker.rules.network.sharePeriod);
  }

  /** Over the newest 720 shares; null while there is no chain. */
  get recent(): StretchFigures | null {
    return this.answer("recent", (best) => this.stretch(best, Math.min(best.height, RECENT), this.tallies.recent));
  }

  /** Over an hour of shares; null while there is no chain. */
  get hour(): StretchFigures | null {
    return this.answer("hour", (best) => {
      return this.stretch(best, Math.min(best.height, this.hourOfShares), this.tallies.hour);
    });
  }

  /** Over the shares that version votes are shown for; null while there is no chain. */
  get voting(): StretchFigures | null {
    return this.answer("voting", (best) => this.stretch(best, this.votingShares(best), this.tallies.voting));
  }

  /** Votes over the same shares. */
  get votes(): Votes | null {
    return this.answer("votes", (best) => this.votesWindow.votes(best, this.votingShares(best)));
  }

  /** Votes that decide about the next share's version (spec/04 §4.3); null on a young chain. */
  get decisiveVotes(): Votes | null {
    const { rules } = this.tracker;
    return this.answer("decisive", (best) => {
      return succession(best, rules, (from, count) => this.decisiveWindow.votes(from, count));
    });
  }

  /** The real hash rate of the pool, lost shares included, for display (spec/04 §11); null while it cannot be told. */
  get poolRate(): number | null {
    const { hour } = this;
    if (hour === null || hour.rate === null) return null;
    return hour.rate / (1 - hour.staleFraction);
  }

  /** The easiest difficulty that the best share could have had. */
  get shareDifficulty(): number | null {
    return this.tip === null ? null : targetToDifficulty(bitsToTarget(this.tip.item.share.info.maxBits));
  }

  /** Expected hashes for a share; null while there is no chain. */
  get attemptsToShare(): bigint | null {
    return this.tip === null ? null : targetToAttempts(bitsToTarget(this.tip.item.share.info.maxBits));
  }

  /** Part of the recent work by address, greatest first; what was donated is in none. */
  get users(): ReadonlyMap<string, number> {
    const users = this.answer("users", (best) => {
      const { byAddress, total } = this.usersWindow.weights(best, Math.min(best.height, RECENT), UNLIMITED);
      return new Map(
        [...byAddress]
          .map(([address, weight]) => [address, Number(weight) / Number(total)] as const)
          .sort((a, b) => b[1] - a[1]),
      );
    });
    return users ?? new Map();
  }

  /** Part of each address's shares that was lost, over all connected shares but the oldest. */
  get userStales(): ReadonlyMap<string, number> {
    const stales = this.answer("userStales", (best) => {
      this.index.standOn(best, best.height - 1);
      const fractions = new Map<string, number>();
      for (const [address, { shares, stale }] of this.index.payees) fractions.set(address, stale / (shares + stale));
      return fractions;
    });
    return stales ?? new Map();
  }

  /** Shares of an address in the best chain, newest first. */
  sharesOf(address: string): readonly ShareNode[] {
    if (this.tip === null) return [];
    this.index.standOn(this.tip, this.tip.height - 1);
    return this.index.sharesOf(address);
  }

  /** Shares of an address within the payout window at most, and how many of them announce a lost one. */
  countsOf(address: string): { readonly shares: number; readonly stale: number } {
    if (this.tip === null) return { shares: 0, stale: 0 };
    this.blockIndex.standOn(this.tip, this.blockShares(this.tip));
    const { shares = 0, stale = 0 } = this.blockIndex.payees.get(address) ?? {};
    return { shares, stale };
  }

  /** Blocks among the shares of the chain length, newest first. */
  get recentBlocks(): readonly ShareNode[] {
    const blocks = this.answer("recentBlocks", (best) => {
      this.blockIndex.standOn(best, this.blockShares(best));
      return this.blockIndex.blockShares();
    });
    return blocks ?? [];
  }

  /** What each address would get of a block found now, satoshi, the greatest first; empty while there is no chain. */
  payouts(blockTarget: bigint, subsidy: bigint): ReadonlyMap<string, bigint> {
    const { rules } = this.tracker;
    const payouts = this.answer(`payouts ${blockTarget} ${subsidy}`, (best) => {
      const amounts = expectedPayouts(best, blockTarget, subsidy, rules, this.payoutWindows);
      return new Map([...amounts].sort(([a, x], [b, y]) => (x < y ? 1 : x > y ? -1 : a < b ? -1 : 1)));
    });
    return payouts ?? new Map();
  }

  private votingShares(best: ShareNode): number {
    return Math.min(this.tracker.rules.network.chainLength, this.hourOfShares, best.height);
  }

  private blockShares(best: ShareNode): number {
    return Math.min(best.height, this.tracker.rules.network.chainLength);
  }

  private stretch(best: ShareNode, count: number, window: TallyWindow): StretchFigures {
    const tally = window.tally(best, count);
    const oldest = best.ancestor(Math.max(0, count - 1))!;
    const seconds = Math.max(1, best.item.share.info.timestamp - oldest.item.share.info.timestamp);
    const staleWork = withoutOldest(tally, oldest);
    const { own, stale } = tally;
    const isOldestOwn = tally.ownHas(oldest.id);
    const ownWork = isOldestOwn ? tally.ownWork - oldest.item.work : tally.ownWork;
    return {
      count,
      rate: count < 2 ? null : poolRateExact(best, count),
      staleFraction: stale / (count + stale),
      staleWork,
      staleRates: new Map([...staleWork].map(([kind, work]) => [kind, Number(work) / seconds])),
      own: { shares: own.get("good") ?? 0, orphan: own.get("orphan") ?? 0, dead: own.get("doa") ?? 0 },
      ownRate: Number(ownWork) / seconds,
    };
  }

  private answer<T>(key: string, make: (best: ShareNode) => T): T | null {
    if (this.tip === null) return null;
    if (!this.answers.has(key)) {
      if (this.answers.size >= MAX_ANSWERS) this.answers.clear();
      this.answers.set(key, make(this.tip));
    }
    return this.answers.get(key) as T;
  }
}

/** Answers kept per tip: templates change the payouts' key. */
const MAX_ANSWERS = 20;

/** A rate spans one share less than it has ends. */
function withoutOldest({ work }: StaleTally, oldest: ShareNode): Map<string, bigint> {
  const left = new Map(work);
  const { share, work: oldestWork } = oldest.item;
  const subtract = (kind: string): void => {
    const sum = (left.get(kind) ?? 0n) - oldestWork;
    if (sum === 0n) left.delete(kind);
    else left.set(kind, sum);
  };
  subtract("good");
  const kind = staleInfoOfByte(share.info.data.staleInfo);
  if (kind !== null) subtract(kind);
  return left;
}
