import type { FoundBlock } from "../work/solution.js";

/**
 * What miners get of the pool's blocks, and what they would get of the same blocks in a pool that divides each by the work
 * since the last one: there it pays to mine in the first part of a round only, at the cost of the others.
 */
export class Income {
  /** Parts of blocks, summed by miner. */
  readonly byBlocks: Float64Array;
  readonly byRounds: Float64Array;
  private readonly round: Float64Array;
  private readonly byAddress: ReadonlyMap<string, number>;

  constructor(miners: number, byAddress: ReadonlyMap<string, number>) {
    this.byBlocks = new Float64Array(miners);
    this.byRounds = new Float64Array(miners);
    this.round = new Float64Array(miners);
    this.byAddress = byAddress;
  }

  /** A miner has worked, for a moment as long as all others. */
  worked(miner: number, hash: number): void {
    this.round[miner]! += hash;
  }

  /** A block ends a round. */
  found({ payees, subsidy }: FoundBlock, isCounting: boolean): void {
    const work = this.round.reduce((a, b) => a + b, 0);
    if (isCounting && work > 0) {
      for (const [i, part] of this.round.entries()) this.byRounds[i]! += part / work;
      for (const { address, amount } of payees) {
        const miner = this.byAddress.get(address);
        if (miner !== undefined) this.byBlocks[miner]! += Number(amount) / Number(subsidy);
      }
    }
    this.round.fill(0);
  }
}
