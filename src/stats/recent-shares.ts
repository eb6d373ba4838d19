import { Deque } from "../core/deque.js";
import type { ShareNode } from "../sharechain/share-node.js";
import type { Tracker } from "../sharechain/tracker.js";

/** Shares remembered in the order in which they came. */
const MAX_RECENT = 500;
/** Of the best chain, at the start. */
const AT_START = 200;

/** The shares that came in last, forks and all: for drawing the chain as it grows. */
export class RecentShares {
  private readonly tracker: Tracker;
  private readonly ids = new Deque<string>();
  private stopObserving: (() => void) | null = null;

  constructor(tracker: Tracker) {
    this.tracker = tracker;
  }

  /** Begins with the newest of the best chain, then follows what comes in, until `stop`. */
  start(best: ShareNode | null): void {
    const newest = best === null ? [] : [...best.chain(Math.min(best.height, AT_START))];
    for (const node of newest.reverse()) this.ids.pushBack(node.id);
    this.stopObserving = this.tracker.main.observe({
      added: ({ id }) => {
        this.ids.pushBack(id);
        if (this.ids.length > MAX_RECENT) this.ids.popFront();
      },
    });
  }

  stop(): void {
    this.stopObserving?.();
  }

  /** Those that are still in the tracker, the first to come first. */
  list(limit: number): ShareNode[] {
    const found: ShareNode[] = [];
    for (let i = Math.max(0, this.ids.length - limit); i < this.ids.length; i++) {
      const node = this.tracker.main.get(this.ids.at(i)!);
      if (node !== undefined) found.push(node);
    }
    return found;
  }
}
