import type { Decision } from "./choose-best.js";
import type { ShareNode } from "./share-node.js";
import type { Tracker } from "./tracker.js";

/** Ranked heads that stay whatever their age. */
const KEPT_HEADS = 5;
/** Seconds since a head was seen before it may go. */
const HEAD_MIN_AGE = 300;
/** Seconds without anything new on an unverified head's tail before it may go. */
const UNVERIFIED_MIN_AGE = 120;
const MAX_ROUNDS = 1000;

/**
 * Cleaning (spec/04 §10): eats stale branches from the top and cuts chains to 2·CHAIN_LENGTH + 9 shares. To be run on the
 * result of an evaluation, every 5 seconds; evaluate again afterwards. `now`: seconds since 1970.
 */
export function prune(tracker: Tracker, decision: Decision, now: number): void {
  if (decision.outcome === "aborted") return;
  if (decision.heads.length > 0)
    pruneHeads(tracker, new Set(decision.heads.slice(-KEPT_HEADS).map(({ node }) => node.id)), now);
  pruneTails(tracker);
}

function pruneHeads(tracker: Tracker, kept: ReadonlySet<string>, now: number): void {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const stale = [...tracker.main.heads()].filter((head) => !kept.has(head.id) && isStaleHead(head, tracker, now));
    if (stale.length === 0) return;
    for (const head of stale) tracker.remove(head.id);
  }
}

function isStaleHead(head: ShareNode, tracker: Tracker, now: number): boolean {
  if (head.item.seenAt > now - HEAD_MIN_AGE) return false;
  if (tracker.isVerified(head)) return true;
  let newest = Number.NEGATIVE_INFINITY;
  for (const root of tracker.main.childrenOf(head.last)) newest = Math.max(newest, root.item.seenAt);
  return newest <= now - UNVERIFIED_MIN_AGE;
}

function pruneTails(tracker: Tracker): void {
  const longest = 2 * tracker.rules.network.chainLength + 10;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const doomed: ShareNode[] = [];
    for (const [tail, { heads }] of tracker.main.tails()) {
      let lowest = Number.POSITIVE_INFINITY;
      for (const head of heads) lowest = Math.min(lowest, head.height);
      if (lowest >= longest) doomed.push(...tracker.main.childrenOf(tail));
    }
    if (doomed.length === 0) return;
    for (const node of doomed) tracker.remove(node.id);
  }
}
