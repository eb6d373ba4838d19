import { ShareError } from "../sharechain/errors.js";
import { decodeShare, proveShare } from "../sharechain/share.js";
import type { Tracker } from "../sharechain/tracker.js";
import type { ShareStore } from "../store/share-store.js";

/**
 * Takes the shares of a store, which it does not change, into a tracker, with what was verified. Shares that the tracker has
 * are not looked at. `onUnusable`: for each that is no share of this network. `onPortion`: now and then.
 */
export async function loadStoredShares(
  store: ShareStore,
  tracker: Tracker,
  onUnusable: (error: ShareError) => void,
  onPortion: () => void = () => {},
): Promise<void> {
  for await (const portion of store.load()) {
    for (const { id, raw, powHash, isVerified } of portion) {
      const held = tracker.main.get(id);
      try {
        // Seen at time 0, so that it wins every tie, as the reference has it.
        const node = held ?? tracker.add(proveShare(decodeShare(raw, tracker.rules), powHash), 0);
        if (node !== null && isVerified) tracker.markVerified(node);
      } catch (error) {
        if (!(error instanceof ShareError)) throw error;
        onUnusable(error);
      }
    }
    onPortion();
  }
}
