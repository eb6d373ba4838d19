import { hashToHex } from "../core/bytes.js";
import type { ShareRules } from "./rules.js";
import type { ShareNode } from "./share-node.js";
import { isSilence } from "./targets.js";
import type { Tracker } from "./tracker.js";
import { resolveTransactions } from "./transaction-lists.js";
import type { DaemonView } from "./verify.js";

/**
 * How unwelcome a share is as a tip (spec/04 §7.2), first match: -1 if it solves a block, 1 to 6 if it or an ancestor took
 * too much, 1 if its block would be too large (versions before 34, while every transaction is known), else 0.
 */
export function punishValue(node: ShareNode, tracker: Tracker, view: DaemonView): number {
  if (node.item.share.isBlockSolution) return -1;
  if (node.item.naughty > 0) return node.item.naughty;
  return node.item.share.format.listsTransactions && blockIsTooLarge(node, tracker, view) ? 1 : 0;
}

/** Furthest that a share's time may lie ahead of when we saw it, seconds, if it makes shares easier. */
const MAX_AHEAD_SECONDS = 120;

/**
 * Whether a share makes the next ones easier by a silence that lies in the future (spec/20 §15, item 4). It is valid all the
 * same; that it loses against an equal is our own policy, which never keeps us from a chain that others build.
 */
export function easesByFuture({ item, parent }: ShareNode, rules: ShareRules): boolean {
  const { format, info } = item.share;
  // Stored shares were seen in another life.
  if (!format.easesAfterSilence || parent === null || item.seenAt === 0) return false;
  if (info.timestamp - item.seenAt <= MAX_AHEAD_SECONDS) return false;
  return isSilence(info.timestamp - parent.item.share.info.timestamp, rules);
}

function blockIsTooLarge(node: ShareNode, tracker: Tracker, view: DaemonView): boolean {
  const transactions = resolveTransactions(node);
  if (transactions === null) return false;
  let sizes = 0;
  for (const hash of transactions) {
    const size = view.transactionSize(hashToHex(hash));
    if (size === undefined) return false;
    sizes += size;
  }
  const gentx = node.item.gentxSize ?? tracker.gentxSizeEstimate(node.item.share.version);
  const { blockMaxSize, blockMaxWeight } = tracker.rules.network;
  // The reference takes stripped sizes for full ones here too, and all nodes must agree with it.
  return 4 * sizes + 320 + gentx.weight > blockMaxWeight || sizes + 80 + gentx.stripped > blockMaxSize;
}
