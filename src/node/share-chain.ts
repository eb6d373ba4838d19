import { errorMessage } from "../core/errors.js";
import type { Random } from "../core/random.js";
import type { BlockHeights } from "../daemon/block-heights.js";
import { PASSING_FAILURES } from "../peers/share-source.js";
import { type Clock, nextTurn, type Timer } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { chooseBest, type Decision, type Refusal, type WantedShare } from "../sharechain/choose-best.js";
import type { ShareId } from "../sharechain/contents.js";
import { prune } from "../sharechain/prune.js";
import type { Share } from "../sharechain/share.js";
import type { ShareNode } from "../sharechain/share-node.js";
import type { Tracker } from "../sharechain/tracker.js";
import type { DaemonView } from "../sharechain/verify.js";
import type { ShareStore } from "../store/share-store.js";
import { loadStoredShares } from "./load-shares.js";

/** What was found in the store. */
export interface LoadedShares {
  readonly shares: number;
  readonly verified: number;
}

export interface ShareChainOptions {
  readonly tracker: Tracker;
  readonly heights: Pick<BlockHeights, "height" | "relativeHeight">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** From one cleaning to the next; 5 s by default (spec/04 §10). */
  readonly cleaningMs?: number;
  /** Where shares are kept; null for nowhere. */
  readonly store: ShareStore | null;
  /** The tip changed, or it has to be punished now (spec/10 §5). */
  readonly onBest: (best: ShareNode | null, punish: boolean) => void;
  /** An evaluation found parents missing. */
  readonly onWanted: () => void;
  /** A share cannot be verified and was dropped. */
  readonly onRefused: (refusal: Refusal) => void;
}

/** Longest that one evaluation verifies before the event loop gets its turn. */
const VERIFY_SLICE_MS = 10;
/** One share is evaluated at once; those that come in soon after an evaluation wait for each other (spec/09 §5.2). */
const COALESCE_MS = 20;
/** spec/04 §10. */
const CLEANING_MS = 5_000;
/** A late share is added only while fewer than this many build on the same parent (spec/04 §8.7). */
const MAX_LATE_SIBLINGS = 4;

/**
 * The share chain at run time: takes shares in, evaluates, cleans, and tells when the tip moves.
 *
 * Life: nothing runs before `start`; after `stop` no timer is left.
 */
export class ShareChain {
  private readonly options: ShareChainOptions;
  private readonly view: DaemonView;
  private cleaning: Timer | null = null;
  private tip: ShareNode | null = null;
  private missing: readonly WantedShare[] = [];
  private scheduled: Timer | null = null;
  /** When the last evaluation ended, on the monotonic clock. */
  private evaluatedMs = Number.NEGATIVE_INFINITY;
  private isRunning = false;
  private isPunishing = false;

  constructor(options: ShareChainOptions) {
    this.options = options;
    const { heights } = options;
    this.view = {
      blockHeight: (hash) => heights.height(hash),
      relativeHeight: (hash) => heights.relativeHeight(hash),
      // Only shares before version 34 ask, and no network alive has any.
      fee: () => undefined,
      transactionSize: () => undefined,
    };
  }

  get best(): ShareNode | null {
    return this.tip;
  }

  get tracker(): Tracker {
    return this.options.tracker;
  }

  /** Missing parents worth asking for, as the last evaluation found them. */
  get wanted(): readonly WantedShare[] {
    return this.missing;
  }

  /**
   * Fills the tracker with the shares of the store, which follows it from then on; to be called once, before `start`.
   * What was verified is not verified again (spec/04 §10). `onOwn`: for each that this node made.
   */
  async load(onOwn: (id: ShareId) => void = () => {}): Promise<LoadedShares> {
    const { store, tracker, log } = this.options;
    if (store === null) return { shares: 0, verified: 0 };
    await loadStoredShares(store, tracker, {
      onUnusable: (error) => log.warn({ code: error.code }, `a stored share is not taken: ${error.message}`),
      onOwn,
    });
    await nextTurn();
    store.attach(tracker);
    await nextTurn();
    return { shares: tracker.main.size, verified: tracker.verified.size };
  }

  start(): void {
    this.isRunning = true;
    this.cleaning ??= this.options.clock.every(this.options.cleaningMs ?? CLEANING_MS, () => this.clean());
  }

  stop(): void {
    this.isRunning = false;
    this.cleaning?.cancel();
    this.cleaning = null;
    this.scheduled?.cancel();
    this.scheduled = null;
  }

  /** Takes in proven shares of others; those that are held are left alone. Evaluates soon, for many calls at once. */
  accept(shares: readonly Share[], peer: string | null): void {
    const { tracker, clock } = this.options;
    const seenAt = clock.now();
    for (const share of shares) tracker.add(share, seenAt, peer);
    this.evaluateSoon();
  }

  private evaluateSoon(): void {
    if (!this.isRunning || this.scheduled !== null) return;
    const { clock } = this.options;
    const waitMs = this.evaluatedMs + COALESCE_MS - clock.monotonicMs();
    if (waitMs > 0) this.scheduled = clock.after(waitMs, () => this.evaluateScheduled());
    else this.goOn();
  }

  /** In the next turn of the event loop: a timer that falls due while a slice runs would not wait for input and output. */
  private goOn(): void {
    if (!this.isRunning) return;
    this.scheduled?.cancel();
    const immediate = setImmediate(() => this.evaluateScheduled());
    this.scheduled = { cancel: () => clearImmediate(immediate) };
  }

  private evaluateScheduled(): void {
    this.scheduled = null;
    this.guarded("evaluating the share chain", () => this.evaluate());
  }

  /**
   * Takes in a share of our own (spec/10 §11.5): one that is late neither moves the tip nor crowds its parent. Null if it is not in
   * the chain then: too many siblings, or it does not verify now, as after our clock was set back.
   */
  addOwn(share: Share, onTime: boolean): ShareNode | null {
    const { tracker, clock } = this.options;
    if (!onTime && tracker.main.childrenOf(share.parentId).length >= MAX_LATE_SIBLINGS) return null;
    const node = tracker.add(share, clock.now());
    if (onTime) this.evaluate();
    return node !== null && tracker.main.get(node.id) === node ? node : null;
  }

  /**
   * Chain evaluation (spec/04 §8), and what follows from it. Verifies for a slice of time; while there is more to verify it
   * goes on by itself in later turns of the event loop.
   */
  evaluate(): Decision {
    const { tracker, clock, random, onBest, onWanted, onRefused } = this.options;
    const endMs = clock.monotonicMs() + VERIFY_SLICE_MS;
    const decision = chooseBest(tracker, this.view, clock.now(), random, () => clock.monotonicMs() < endMs);
    this.evaluatedMs = clock.monotonicMs();
    // They come from the top down, and are told from the bottom up: a share on a bad one is not to blame.
    for (const refusal of decision.refused.toReversed()) onRefused(refusal);
    if (decision.isUnfinished) this.goOn();
    if (decision.outcome === "decided") {
      this.missing = decision.wanted;
      // A block solution as the best head has a negative value, and is nothing to be punished (spec/10 §8.4).
      const punish = decision.punishFlag > 0;
      if (decision.best !== this.tip || (punish && !this.isPunishing)) {
        this.tip = decision.best;
        onBest(this.tip, punish);
      }
      this.isPunishing = punish;
      if (decision.wanted.length > 0) onWanted();
    }
    this.dropUnsound(decision);
    return decision;
  }

  /**
   * A head is verified before what it stands on (spec/04 §8.1). Where that turns out bad the whole branch goes, so that it is
   * not looked at for ever and a good copy of the bad share may come (spec/06 §7.4, spec/09 §5.2 stage 6) — unless there
   * is nothing better: then it may be us who are wrong, and it stays, with a short verified chain.
   */
  private dropUnsound({ unsound }: Decision): void {
    const { tracker, onRefused } = this.options;
    for (const refusal of unsound) {
      const { node, verdict } = refusal;
      const isInPlace = tracker.main.get(node.id) === node;
      const isNeeded = this.tip === null || this.tip === node || this.tip.isChildOf(node);
      if (PASSING_FAILURES.has(verdict.code) || !isInPlace || isNeeded) continue;
      for (const descendant of branchFromTop(node)) tracker.remove(descendant.id);
      onRefused(refusal);
      this.evaluateSoon();
    }
  }

  private clean(): void {
    this.guarded("cleaning the share chain", () => {
      const decision = this.evaluate();
      if (decision.isUnfinished) return;
      prune(this.options.tracker, decision, this.options.clock.now());
      this.evaluate();
    });
  }

  /** Whatever goes wrong, the next run may go better, and a node that fails at this still mines. */
  private guarded(doing: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.options.log.error({ err: error }, `${doing} failed: ${errorMessage(error)}`);
    }
  }
}

/** A share and all that stands on it, children before parents. */
function branchFromTop(node: ShareNode): ShareNode[] {
  const branch = [node];
  for (let i = 0; i < branch.length; i++) branch.push(...branch[i]!.children);
  return branch.reverse();
}
