import { type Clock, isSettledWithin } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import type { ShareNode } from "../sharechain/share-node.js";
import type { Store } from "../store/store.js";

/** Later a share would be worth nothing: it is told though it may be lost, as it would be on a disk that fails. */
const DISK_MS = 2000;

/**
 * Makes a share of our own durable; resolves when peers may be told of it: else they could hold one that we lost (spec/08 §6.1).
 * A disk that fails or hangs must not cost the share. Never rejects.
 */
export async function ownShareStored(
  { item }: ShareNode,
  { store, clock, log }: { readonly store: Store; readonly clock: Clock; readonly log: Logger },
): Promise<void> {
  const stored = store.shares.addOwn(item.share, item.seenAt);
  stored.catch((error: unknown) => {
    // The store has told of its trouble, and tries again.
    if (error === store.failure) log.debug({ err: error }, "a share of our own is told to others before it is stored");
    else log.error({ err: error }, "a share of our own could not be stored");
  });
  if (await isSettledWithin(clock, DISK_MS, stored)) return;
  log.warn({ id: item.share.id }, "the disk is slow: a share of our own is told to others before it is stored");
}
