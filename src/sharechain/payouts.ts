import { expectedDecayedPayouts, splitDecayed } from "./decayed-payouts.js";
import { expectedFlatPayouts, splitFlat } from "./flat-payouts.js";
import type { PayoutWindows } from "./payout-windows.js";
import type { ShareRules, VersionRules } from "./rules.js";
import type { ShareNode } from "./share-node.js";
import type { Split } from "./split.js";

/** What a split depends on besides the chain under it. */
export interface SplitWish {
  readonly version: VersionRules;
  /** The coin's target in the header: how much weight flat payouts cover. */
  readonly blockTarget: bigint;
  readonly subsidy: bigint;
  /** Payout address text of who found the share. */
  readonly finder: string;
}

/** Who gets what of a share on `parent`, by the rule of its version. */
export function splitSubsidy(
  parent: ShareNode | null,
  wish: SplitWish,
  rules: ShareRules,
  windows: PayoutWindows,
): Split {
  return wish.version.format.payouts === "decayed"
    ? splitDecayed(parent, wish, rules, windows.decayed)
    : splitFlat(parent, wish, rules, windows.flat);
}

/** What a block found now would pay, for display (spec/04 §11), by the rule of the best share's version. */
export function expectedPayouts(
  best: ShareNode,
  blockTarget: bigint,
  subsidy: bigint,
  rules: ShareRules,
  windows: PayoutWindows,
): Map<string, bigint> {
  const { payouts, donationScript } = best.item.share.format;
  return payouts === "decayed"
    ? expectedDecayedPayouts(best, subsidy, donationScript, rules, windows.decayed)
    : expectedFlatPayouts(best, blockTarget, subsidy, rules, windows.flat);
}
