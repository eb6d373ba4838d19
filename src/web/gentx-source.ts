import { equalBytes } from "../core/bytes.js";
import { hash256 } from "../core/hash/index.js";
import { TokenBucket } from "../core/token-bucket.js";
import { DraftError } from "../sharechain/errors.js";
import { PayoutWindows } from "../sharechain/payout-windows.js";
import type { ShareNode } from "../sharechain/share-node.js";
import type { Tracker } from "../sharechain/tracker.js";
import { resolveTransactions } from "../sharechain/transaction-lists.js";
import { redraft } from "../sharechain/verify.js";

/** A share's generation transaction, worked out from the chain below it. */
export interface ShareGentx {
  /** Stripped. */
  readonly raw: Uint8Array;
}

/** Remembered transactions; the one used longest ago goes. One may have up to 130 kB. */
const MAX_REMEMBERED = 64;
/** Moving the payout window over a whole chain takes some milliseconds: so often a second, and so many at once. */
const DRAFTS = { perSecond: 20, burst: 40 };

/**
 * Generation transactions of shares for pages. They are no part of a share, only their hash is; so the payout window is moved
 * to the share, which costs the way from the last one asked for. Remembered, and not more often than the node can afford.
 */
export class GentxSource {
  private readonly tracker: Tracker;
  private readonly nowMs: () => number;
  private readonly windows: PayoutWindows;
  private readonly remembered = new Map<string, ShareGentx>();
  private readonly budget: TokenBucket;

  constructor(options: { readonly tracker: Tracker; readonly nowMs: () => number }) {
    this.tracker = options.tracker;
    this.windows = new PayoutWindows(options.tracker.rules);
    this.nowMs = options.nowMs;
    this.budget = new TokenBucket(DRAFTS, options.nowMs());
  }

  /** Null where it cannot be told: the share is not verified, too little is known below it, or too many are asked for. */
  of(node: ShareNode): ShareGentx | null {
    const known = this.remembered.get(node.id);
    if (known !== undefined) {
      this.remembered.delete(node.id);
      this.remembered.set(node.id, known);
      return known;
    }
    if (!this.tracker.isVerified(node) || !this.budget.take(this.nowMs())) return null;
    const made = this.make(node);
    if (made === null) return null;
    if (this.remembered.size >= MAX_REMEMBERED) this.remembered.delete(this.remembered.keys().next().value!);
    this.remembered.set(node.id, made);
    return made;
  }

  private make(node: ShareNode): ShareGentx | null {
    try {
      const transactions = resolveTransactions(node);
      if (transactions === null) return null;
      const { gentx } = redraft(node, transactions, this.tracker.rules, this.windows);
      return equalBytes(hash256(gentx), node.item.share.gentxHash) ? { raw: gentx } : null;
    } catch (error) {
      if (error instanceof DraftError) return null;
      throw error;
    }
  }
}
