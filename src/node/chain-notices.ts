import { BoundedSet } from "../core/bounded.js";
import type { Logger } from "../platform/log.js";
import { openMessages } from "../sharechain/messages.js";
import type { PayoutWindows } from "../sharechain/payout-windows.js";
import type { ShareRules } from "../sharechain/rules.js";
import type { ShareNode } from "../sharechain/share-node.js";

export interface ChainNoticesOptions {
  readonly rules: ShareRules;
  readonly windows: PayoutWindows;
  readonly log: Logger;
}

/** Texts that were shown; an old one may be shown again. */
const MAX_SHOWN = 1_000;

/** Shares under a new tip whose messages are looked at. */
const MAX_NEW = 50;

/**
 * What the share chain has to tell an operator (spec/20 §9.2, §10): logged when it begins. Nothing here decides anything.
 */
export class ChainNotices {
  private readonly options: ChainNoticesOptions;
  private readonly shown = new BoundedSet<string>(MAX_SHOWN);
  private isDisputed = false;
  private last: string | null = null;

  constructor(options: ChainNoticesOptions) {
    this.options = options;
  }

  tipChanged(best: ShareNode | null): void {
    if (best === null) return;
    this.checkCommitment(best);
    this.showMessages(best);
  }

  private checkCommitment(best: ShareNode): void {
    const { rules, windows, log } = this.options;
    if (!best.item.share.format.commitsToMergedPayouts) return;
    const isDisputed = windows.commitment.isDisputed(best, Math.min(best.height, rules.network.realChainLength));
    if (isDisputed && !this.isDisputed) {
      log.warn(
        "a miner in the window donates everything: some nodes refuse the shares of the others until that is over",
      );
    }
    this.isDisputed = isDisputed;
  }

  private showMessages(best: ShareNode): void {
    for (const node of best.chain(Math.min(best.height, MAX_NEW))) {
      if (node.id === this.last) break;
      if (node.item.share.contents.messages !== null) this.show(node);
    }
    this.last = best.id;
  }

  private show({ item: { share } }: ShareNode): void {
    // The share was verified, so they were too.
    for (const { kind, text, timestamp } of openMessages(share.contents.messages!, () => true) ?? []) {
      const name = `${timestamp} ${text}`;
      if (this.shown.has(name)) continue;
      this.shown.add(name);
      this.options.log.info({ share: share.id, kind, timestamp, text }, "a share carries a signed message");
    }
  }
}
