import type { Random } from "../core/random.js";
import type { Scenario } from "./scenario.js";
import { SimMiner } from "./sim-miner.js";
import { easiestAttempts, POOL_RATE } from "./sim-network.js";
import type { SimNode } from "./sim-node.js";

/**
 * Whether a node has the shares that whoever starts the pool makes alone. Were all to begin at once, two first shares might be
 * made within the time that a share takes to get everywhere, and then a chain below height six does not come together: a
 * branch loses by being built on (spec/04 §8.4), so that who builds on it does not tell the others.
 */
export function isFounded({ chain }: SimNode, { firstShares }: Scenario): boolean {
  return (chain.best?.height ?? 0) >= firstShares;
}

/** A miner with the hash rate of the whole pool that makes the first shares on one node, and no others. */
export function founderOn(node: SimNode, scenario: Scenario, random: Random): SimMiner {
  return new SimMiner({
    node,
    random,
    rate: POOL_RATE,
    attempts: easiestAttempts(scenario) / 2,
    delayMs: scenario.minerDelayMs,
    withholds: false,
    isMining: () => !isFounded(node, scenario),
  });
}
