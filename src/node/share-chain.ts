import { errorMessage } from "../core/errors.js";
import type { Random } from "../core/random.js";
import type { BlockHeights } from "../daemon/block-heights.js";
import type { Clock, Timer } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { chooseBest, type Decision } from "../sharechain/choose-best.js";
import { ShareError } from "../sharechain/errors.js";
import { prune } from "../sharechain/prune.js";
import { decodeShare, proveShare, type Share } from "../sharechain/share.js";
import type { ShareNode } from "../sharechain/share-node.js";
import type { Tracker } from "../sharechain/tracker.js";
import type { DaemonView } from "../sharechain/verify.js";
import type { ShareStore } from "../store/share-store.js";

/** What was found in the store. */
export interface LoadedShares {
  readonly shares: number;
  readonly verified: number;
}

export interface ShareChainOptions {
  readonly tracker: Tracker;
  readonly heights: BlockHeights;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Where shares are kept; null for nowhere. */
  readonly store: ShareStore | null;
  /** The tip changed. */
  readonly onBest: (best: ShareNode | null) => void;
  /** A share cannot be verified and was dropped. */
  readonly onRefused: (id: string, reason: string) => void;
}

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

  /**
   * Fills the tracker with the shares of the store, which follows it from then on; to be called once, before `start`.
   * What was verified is not verified again (spec/04 §10). `progress`: called now and then.
   */
  async load(progress: (loaded: number) => void): Promise<LoadedShares> {
    const { store, tracker, log } = this.options;
    if (store === null) return { shares: 0, verified: 0 };
    const marked: ShareNode[] = [];
    for await (const portion of store.load()) {
      for (const { raw, powHash, isVerified } of portion) {
        try {
          // Seen at time 0, so that it wins every tie, as the reference has it.
          const node = tracker.add(proveShare(decodeShare(raw, tracker.rules), powHash), 0);
          if (node !== null && isVerified) marked.push(node);
        } catch (error) {
          if (!(error instanceof ShareError)) throw error;
          log.warn({ code: error.code }, `a stored share is not taken: ${error.message}`);
        }
      }
      progress(tracker.main.size);
    }
    for (const node of marked) tracker.markVerified(node);
    store.attach(tracker);
    return { shares: tracker.main.size, verified: tracker.verified.size };
  }

  start(): void {
    this.cleaning ??= this.options.clock.every(CLEANING_MS, () => this.clean());
  }

  stop(): void {
    this.cleaning?.cancel();
    this.cleaning = null;
  }

  /** Takes in a share of our own (spec/10 §11.5): one that is late neither moves the tip nor crowds its parent. */
  addOwn(share: Share, onTime: boolean): ShareNode | null {
    const { tracker, clock } = this.options;
    if (!onTime && tracker.main.childrenOf(share.parentId).length >= MAX_LATE_SIBLINGS) return null;
    const node = tracker.add(share, clock.now());
    if (onTime) this.evaluate();
    return node;
  }

  /** Chain evaluation (spec/04 §8), and what follows from it. */
  evaluate(): Decision {
    const { tracker, clock, random, onBest, onRefused } = this.options;
    const decision = chooseBest(tracker, this.view, clock.now(), random);
    for (const { node, verdict } of decision.refused) onRefused(node.id, verdict.reason);
    if (decision.outcome === "decided" && decision.best !== this.tip) {
      this.tip = decision.best;
      onBest(this.tip);
    }
    return decision;
  }

  private clean(): void {
    try {
      prune(this.options.tracker, this.evaluate(), this.options.clock.now());
      this.evaluate();
    } catch (error) {
      // Whatever it is, the next run may go better, and a node that stops cleaning still mines.
      this.options.log.error({ err: error }, `cleaning the share chain failed: ${errorMessage(error)}`);
    }
  }
}
