import { seededRandom } from "../../core/random.js";
import { chooseBest, type DaemonView, type Decision, type Refusal, type Tracker } from "../../sharechain/index.js";

export interface UnaidedEvaluation {
  readonly decision: Decision;
  readonly refused: ReadonlyMap<string, Refusal>;
}

/**
 * Evaluations until nothing changes any more, since one may drop what hid something better. `blockHeights`: of the coin's
 * blocks by hash; empty if unknown, and then all blocks count as equally recent. `progress`: 0 to 1, about.
 */
export function evaluateUnaided(
  tracker: Tracker,
  now: number,
  progress: (part: number) => void,
  blockHeights: ReadonlyMap<string, number> = new Map(),
): UnaidedEvaluation {
  const view = unaidedView(blockHeights);
  const expected = Math.max(1, Math.min(tracker.main.size, tracker.rules.network.chainLength));
  const stop = tracker.verified.observe({ added: () => progress(tracker.verified.size / expected) });
  const refused = new Map<string, Refusal>();
  for (;;) {
    const before = `${tracker.main.size} ${tracker.verified.size}`;
    const decision = chooseBest(tracker, view, now, seededRandom(0));
    for (const refusal of decision.refused) refused.set(refusal.node.id, refusal);
    if (`${tracker.main.size} ${tracker.verified.size}` === before) {
      stop();
      return { decision, refused };
    }
  }
}

/** What a daemon would know of the coin's blocks that are given, and nothing else. */
export function unaidedView(blockHeights: ReadonlyMap<string, number>): DaemonView {
  const best = Math.max(0, ...blockHeights.values());
  return {
    blockHeight: (hash) => blockHeights.get(hash) ?? 0,
    relativeHeight: (hash) => (blockHeights.get(hash) ?? 0) - best,
    fee: () => undefined,
    transactionSize: () => undefined,
  };
}
