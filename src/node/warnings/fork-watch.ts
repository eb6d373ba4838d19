import type { PeerView } from "../../peers/peer-view.js";
import type { Clock } from "../../platform/clock.js";
import type { ShareNode } from "../../sharechain/share-node.js";
import type { Tracker } from "../../sharechain/tracker.js";
import type { ChainFacts } from "./facts.js";
import { longTime } from "./peer-rules.js";

export interface ForkWatchOptions {
  readonly tracker: Tracker;
  readonly clock: Clock;
  readonly best: () => ShareNode | null;
  readonly peers: () => readonly PeerView[];
  readonly isOwn: (id: string) => boolean;
}

/** Own shares counted at the end of the chain. */
const MAX_OWN = 50;
/** A peer that last named a share so far back says nothing about where it stands now. */
const OLD_NEWS = 20;
/** Shares of others remembered with who brought them. */
const MAX_BROUGHT = 200;

/**
 * Compares this node's chain with what its peers build on, so that it does not mine on a fork of its own unnoticed. Looks
 * when it is told to; follows verified shares between `start` and `stop`.
 */
export class ForkWatch {
  private readonly options: ForkWatchOptions;
  private readonly windowMs: number;
  /** When shares of others came that were new at that time, monotonic. */
  private brought: number[] = [];
  private differsSince: number | null = null;
  private stopObserving: (() => void) | null = null;

  constructor(options: ForkWatchOptions) {
    this.options = options;
    this.windowMs = 1000 * longTime(options.tracker.rules.network);
  }

  start(): void {
    this.stopObserving ??= this.options.tracker.verified.observe({ added: (node) => this.verified(node) });
  }

  stop(): void {
    this.stopObserving?.();
    this.stopObserving = null;
  }

  /** Where the chain stands now. `isSyncing`: nothing is said about a chain that is being fetched. */
  look(isSyncing: boolean): Pick<ChainFacts, "differsSince" | "foreignShareAt" | "ownInARow"> {
    const { clock, best, isOwn } = this.options;
    const tip = best();
    const differs = !isSyncing && tip !== null && this.isElsewhere(tip);
    this.differsSince = differs ? (this.differsSince ?? clock.now()) : null;
    let ownInARow = 0;
    let node = tip;
    while (node !== null && ownInARow < MAX_OWN && isOwn(node.id)) {
      ownInARow++;
      node = node.parent;
    }
    const seenAt = node === null || ownInARow === MAX_OWN ? 0 : node.item.seenAt;
    return { differsSince: this.differsSince, ownInARow, foreignShareAt: seenAt === 0 ? null : seenAt };
  }

  /** Shares of others that came lately, and how many peers sent any of their own accord in that time. */
  sources(): { readonly tellers: number; readonly sharesTold: number } {
    const { clock, peers } = this.options;
    this.forget();
    const since = clock.now() - this.windowMs / 1000;
    const tellers = peers().filter(({ toldAt }) => toldAt !== null && toldAt >= since);
    return { tellers: tellers.length, sharesTold: this.brought.length };
  }

  /** Whether more of the peers that said anything lately stand on another chain than on this one. */
  private isElsewhere(tip: ShareNode): boolean {
    const { tracker, peers, clock } = this.options;
    // Half of the time that is long: what one said once and never again does not add up.
    const since = clock.now() - this.windowMs / 2000;
    let here = 0;
    let elsewhere = 0;
    for (const { bestShare, toldAt, since: connectedAt } of peers()) {
      if (bestShare === null || (toldAt ?? connectedAt) < since) continue;
      const node = tracker.main.get(bestShare);
      if (node === undefined) elsewhere++;
      else if (node.isChildOf(tip)) here++;
      else if (!tip.isChildOf(node)) elsewhere++;
      else if (tip.height - node.height <= OLD_NEWS) here++;
    }
    return elsewhere > here;
  }

  private verified({ item }: ShareNode): void {
    const { clock } = this.options;
    const isNew = item.seenAt - item.share.info.timestamp < this.windowMs / 1000;
    if (item.peer === null || !isNew) return;
    this.brought.push(clock.monotonicMs());
    if (this.brought.length > MAX_BROUGHT) this.brought.shift();
  }

  private forget(): void {
    const fromMs = this.options.clock.monotonicMs() - this.windowMs;
    while (this.brought.length > 0 && this.brought[0]! < fromMs) this.brought.shift();
  }
}
