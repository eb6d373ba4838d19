import type { Clock, Timer } from "../platform/clock.js";
import type { ShareNode } from "../sharechain/share-node.js";
import type { ShareChain } from "./share-chain.js";

/** How far a node that lacks most of the share chain has come. */
export interface SyncStatus {
  /** Shares held of the chain that is being fetched, and how many it takes. */
  readonly shares: number;
  readonly sharesNeeded: number;
  /** Of these verified, and how many have to be. */
  readonly verified: number;
  readonly verifiedNeeded: number;
  /** By the pace of the last half minute; null while there is none. */
  readonly secondsLeft: number | null;
}

export interface SyncProgressOptions {
  readonly chain: Pick<ShareChain, "best" | "tracker">;
  readonly clock: Clock;
  /** Now and then while the chain is incomplete. */
  readonly onProgress: (status: SyncStatus) => void;
  /** Once it is complete, if it was not. */
  readonly onComplete: (shares: number, verified: number) => void;
}

const SAMPLE_MS = 1_000;
const SAMPLES = 30;
const REPORT_EVERY = 5;
/** A node that is so few shares behind follows the chain; it does not sync. */
const FOLLOWS_BELOW = 20;

interface Sample {
  readonly atMs: number;
  readonly shares: number;
  readonly verified: number;
}

/**
 * Watches the first sync. What is needed comes from the height that the newest share claims; a chain is complete with
 * CHAIN_LENGTH verified shares, for which twice as many have to be there unless it begins within (spec/04 §8.2).
 *
 * Life: one timer between `start` and `stop`.
 */
export class SyncProgress {
  private readonly options: SyncProgressOptions;
  private samples: Sample[] = [];
  private timer: Timer | null = null;
  private count = 0;

  constructor(options: SyncProgressOptions) {
    this.options = options;
  }

  start(): void {
    this.timer ??= this.options.clock.every(SAMPLE_MS, () => this.sample());
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  /** Null when the chain is complete, or nothing of it is known yet. Costs the same whatever its length. */
  status(): SyncStatus | null {
    const { best, tracker } = this.options.chain;
    const head = best ?? longest(tracker.main.heads());
    if (head === null) return null;
    const { chainLength } = tracker.rules.network;
    const shares = head.height;
    const claimed = Math.max(shares, head.item.share.info.absheight);
    const sharesNeeded = head.last === null ? shares : Math.min(claimed, 2 * chainLength + 1);
    const verified = best === null ? 0 : tracker.verified.height(best.id);
    const verifiedNeeded = Math.min(sharesNeeded, chainLength);
    if (verified >= verifiedNeeded - FOLLOWS_BELOW && (verified >= chainLength || shares >= sharesNeeded)) return null;
    const held = { shares: Math.min(shares, sharesNeeded), verified: Math.min(verified, verifiedNeeded) };
    return { ...held, sharesNeeded, verifiedNeeded, secondsLeft: this.secondsLeft(held, sharesNeeded, verifiedNeeded) };
  }

  private sample(): void {
    const { clock, onProgress, onComplete, chain } = this.options;
    const status = this.status();
    if (status === null) {
      if (this.samples.length > 0) onComplete(chain.tracker.main.size, chain.tracker.verified.size);
      this.samples = [];
      this.count = 0;
      return;
    }
    this.samples.push({ atMs: clock.monotonicMs(), shares: status.shares, verified: status.verified });
    if (this.samples.length > SAMPLES) this.samples.shift();
    if (this.count++ % REPORT_EVERY === 0) onProgress(status);
  }

  /** Shares are fetched first and verified afterwards; what has no pace yet is left out. */
  private secondsLeft(
    held: { readonly shares: number; readonly verified: number },
    sharesNeeded: number,
    verifiedNeeded: number,
  ): number | null {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (first === undefined || last === undefined || first === last) return null;
    const seconds = (last.atMs - first.atMs) / 1000;
    const fetching = (sharesNeeded - held.shares) / ((last.shares - first.shares) / seconds);
    const verifying = (verifiedNeeded - held.verified) / ((last.verified - first.verified) / seconds);
    const left = [fetching, verifying].filter((time) => Number.isFinite(time));
    return left.length === 0 ? null : Math.ceil(left.reduce((sum, time) => sum + time, 0));
  }
}

function longest(heads: Iterable<ShareNode>): ShareNode | null {
  let found: ShareNode | null = null;
  for (const head of heads) if (found === null || head.height > found.height) found = head;
  return found;
}
