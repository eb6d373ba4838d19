import { attemptsToTarget, targetToAttempts } from "../core/compact.js";
import type { PoolNetwork } from "../networks/pool-network.js";

/** How much easier than a dust-sized share a miner starts (spec/10 §9.1 item 3). */
const EASIER_THAN_DUST = 3000n;
/** Submissions of the whole node that a known hash rate should make, at most (spec/10 §9.1 item 2). */
const SUBMISSIONS_PER_SECOND = 10;

/** What the target that an unknown miner starts at depends on. */
interface StartFacts {
  /** Hash rate of the node; null while that is not known. */
  readonly nodeRate: number | null;
  readonly blockTarget: bigint;
  /** Value of a block with its fees, as the daemon's own template says it: less while working ahead of the daemon. */
  readonly subsidy: bigint;
}

/** Where unknown miners start (spec/10 §9.1 items 2 and 3): the same for all jobs that are made in a moment. */
export class StartTarget {
  private readonly network: PoolNetwork;
  private last: (StartFacts & { readonly target: bigint }) | null = null;

  constructor(network: PoolNetwork) {
    this.network = network;
  }

  of({ nodeRate, blockTarget, subsidy }: StartFacts): bigint {
    const { last } = this;
    const isSame = last?.nodeRate === nodeRate && last.blockTarget === blockTarget && last.subsidy === subsidy;
    if (isSame) return last.target;
    const target = this.made({ nodeRate, blockTarget, subsidy });
    this.last = { nodeRate, blockTarget, subsidy, target };
    return target;
  }

  private made({ nodeRate, blockTarget, subsidy }: StartFacts): bigint {
    if (nodeRate !== null) return attemptsToTarget(Math.max(1, nodeRate / SUBMISSIONS_PER_SECOND));
    const { coin, spread } = this.network;
    const attempts = (targetToAttempts(blockTarget) * BigInt(spread) * coin.dustThreshold) / (subsidy || 1n);
    return EASIER_THAN_DUST * attemptsToTarget(attempts || 1n);
  }
}
