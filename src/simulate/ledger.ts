import type { Clock } from "../platform/clock.js";
import type { Share } from "../sharechain/share.js";

export interface MintedShare {
  readonly id: string;
  readonly parentId: string | null;
  readonly miner: number;
  readonly work: number;
  readonly onTime: boolean;
  readonly isBlock: boolean;
  readonly madeAtMs: number;
  /** Seconds that its time is ahead of when it was made. */
  readonly ahead: number;
}

/** Width of a bin of delays, and how many there are; what takes longer is in the last. */
export const DELAY_BIN_MS = 10;
const DELAY_BINS = 6_000;

/** Every share that was made, which no node remembers for so long, and how it spread. */
export class Ledger {
  readonly shares = new Map<string, MintedShare>();
  /** From a share's making until another node has verified it: how often by bins of 10 ms. */
  readonly delays = new Float64Array(DELAY_BINS);
  private readonly countFromMs: number;

  constructor(countFromMs: number) {
    this.countFromMs = countFromMs;
  }

  made(share: Share, miner: number, onTime: boolean, isBlock: boolean, clock: Clock): void {
    const { id, parentId } = share;
    const work = Number(share.work);
    const ahead = share.info.timestamp - clock.now();
    this.shares.set(id, { id, parentId, miner, work, onTime, isBlock, madeAtMs: clock.monotonicMs(), ahead });
  }

  verified(id: string, miner: number, nowMs: number): void {
    const share = this.shares.get(id);
    if (share === undefined || share.miner === miner || share.madeAtMs < this.countFromMs) return;
    const bin = Math.min(DELAY_BINS - 1, Math.floor((nowMs - share.madeAtMs) / DELAY_BIN_MS));
    this.delays[bin]!++;
  }

  /** Ids from a tip down to the chain's first share. */
  chain(tip: string | null): Set<string> {
    const ids = new Set<string>();
    for (let at = tip; at !== null; at = this.shares.get(at)?.parentId ?? null) ids.add(at);
    return ids;
  }
}
