import { attemptsToTarget, bitsToTarget, targetToBits } from "../core/compact.js";
import { networkByName, type PoolNetwork } from "../networks/index.js";
import type { Scenario } from "./scenario.js";

/** Hashes a second of the whole pool: only ratios matter. */
export const POOL_RATE = 2 ** 50;
/** How much easier than needed the first shares of the chain are. */
const EASY_START = 4;

/** Attempts that the easiest share there can be stands for. */
export function easiestAttempts({ sharePeriod }: Scenario): number {
  return (POOL_RATE * sharePeriod) / EASY_START;
}

/** Litecoin's rules with the scenario's figures: its share versions up to 36, and a proof of work apart from the share's id. */
export function simulatedNetwork(scenario: Scenario, newestShareVersion: 35 | 36): PoolNetwork {
  const base = networkByName("litecoin")!;
  const maxTarget = bitsToTarget(targetToBits(attemptsToTarget(easiestAttempts(scenario))));
  return {
    ...base,
    name: "simulation",
    coin: { ...base.coin, dustThreshold: BigInt(scenario.dustThreshold) },
    identifier: Uint8Array.of(0x73, 0x69, 0x6d, 0x75, 0x6c, 0x61, 0x74, 0x65),
    prefix: Uint8Array.of(0x53, 0x49, 0x4d, 0x55, 0x4c, 0x41, 0x54, 0x45),
    sharePeriod: scenario.sharePeriod,
    chainLength: scenario.chainLength,
    realChainLength: scenario.chainLength,
    spread: scenario.spread,
    maxTarget,
    minTarget: 0n,
    persist: false,
    bootstrapHosts: [],
    mergedChains: [],
    newestShareVersion,
    genesisShareVersion: 35,
  };
}

/** Compact form of the block target with which the pool finds a block in so many seconds. */
export function blockBits({ blockSeconds }: Scenario): number {
  return targetToBits(attemptsToTarget(POOL_RATE * blockSeconds));
}
