import type { ShareNode } from "./share-node.js";
import type { Tracker } from "./tracker.js";

/** Most shares of one answer, over all that was asked for (spec/04 §8.7). */
const MAX_SHARES = 1000;

/**
 * The shares that answer a download request: from each known hash downwards, itself and up to `parents` more, ending before a
 * stop hash. A hash that is asked for twice is answered twice.
 */
export function sharesToServe(
  tracker: Tracker,
  hashes: readonly string[],
  parents: number,
  stops: ReadonlySet<string>,
): ShareNode[] {
  if (hashes.length === 0) return [];
  const each = Math.min(parents, Math.floor(MAX_SHARES / hashes.length)) + 1;
  const found: ShareNode[] = [];
  for (const hash of hashes) {
    const start = tracker.main.get(hash);
    if (start === undefined) continue;
    for (const node of start.chain(Math.min(each, start.height))) {
      if (stops.has(node.id)) break;
      found.push(node);
    }
  }
  return found;
}
