import type { DaemonView, ShareNode, Tracker } from "../../sharechain/index.js";

/** By id, in the order of heights: `verified`, or the code of why not. */
export type Verdicts = Readonly<Record<string, string>>;

/**
 * The verdict on every share of a tracker in its own place, each with the others known, verified or not: what two
 * implementations can be compared by, whatever chain they then choose.
 */
export function verdictsOn(
  tracker: Tracker,
  now: number,
  view: DaemonView,
  progress: (part: number) => void,
): Verdicts {
  const nodes: ShareNode[] = [...tracker.main.all()].sort((a, b) => a.height - b.height || (a.id < b.id ? -1 : 1));
  const verdicts: Record<string, string> = {};
  for (const [i, node] of nodes.entries()) {
    const verdict = tracker.verify(node, now, view);
    verdicts[node.id] = verdict.ok ? "verified" : verdict.code;
    if (i % 100 === 0) progress(i / nodes.length);
  }
  return verdicts;
}
