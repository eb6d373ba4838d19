import type { ShareId } from "../sharechain/contents.js";
import { ShareError } from "../sharechain/errors.js";
import { decodeShare, proveShare } from "../sharechain/share.js";
import type { Tracker } from "../sharechain/tracker.js";
import type { ShareStore } from "../store/share-store.js";

export interface LoadEvents {
  /** It is no share of this network. */
  readonly onUnusable?: (error: ShareError) => void;
  /** This node made it, in whatever run. */
  readonly onOwn?: (id: ShareId) => void;
}

/**
 * Takes the shares of a store, which it does not change, into a tracker, with what was verified. Shares that the tracker has
 * are not looked at.
 */
export async function loadStoredShares(
  store: ShareStore,
  tracker: Tracker,
  { onUnusable, onOwn }: LoadEvents = {},
): Promise<void> {
  for await (const portion of store.load()) {
    for (const { id, raw, powHash, isVerified, isOwn } of portion) {
      const held = tracker.main.get(id);
      try {
        // Seen at time 0, so that it wins every tie, as the reference has it.
        const node = held ?? tracker.add(proveShare(decodeShare(raw, tracker.rules), powHash), 0);
        if (node !== null && isVerified) tracker.markVerified(node);
        if (isOwn) onOwn?.(id);
      } catch (error) {
        if (!(error instanceof ShareError)) throw error;
        onUnusable?.(error);
      }
    }
  }
}
