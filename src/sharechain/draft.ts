import { encode } from "../core/codec.js";
import { bitsToTarget, targetToAttempts } from "../core/compact.js";
import { hash256 } from "../core/hash/index.js";
import type { SegwitData, ShareData, ShareId, ShareInfo } from "./contents.js";
import { DraftError } from "./errors.js";
import { completeGentx, gentxPrefix, scriptSource } from "./gentx.js";
import type { PayoutWindow } from "./payout-window.js";
import { type Payout, payoutAmounts, payoutOrder, payoutWeights } from "./payouts.js";
import type { ShareRules, VersionRules } from "./rules.js";
import { shareRefHash } from "./share.js";
import type { ShareNode } from "./share-node.js";
import { easiestTarget, shareBits, shareTimestamp } from "./targets.js";
import { listTransactions } from "./transaction-lists.js";

/** What a share's miner wants; the chain's rules decide the rest (spec/04 §4). */
export interface ShareWish {
  readonly version: VersionRules;
  readonly data: ShareData;
  /** Payout address text of the finder. */
  readonly address: string;
  /** The coin's target in the header: how much weight the payouts cover. */
  readonly blockTarget: bigint;
  readonly timestamp: number;
  readonly target: bigint;
  /** Null unless the share is segwit-active. */
  readonly segwit: SegwitData | null;
  /** Hashes of the block's other transactions in order; listed by versions before 34, ignored by later ones. */
  readonly otherTransactions: readonly Uint8Array[];
  readonly refMerkleBranch: readonly Uint8Array[];
  readonly lastTxoutNonce: Uint8Array;
}

export interface ShareDraft {
  readonly info: ShareInfo;
  readonly infoBytes: Uint8Array;
  readonly refHash: Uint8Array;
  /** Stripped generation transaction without its last 44 bytes. */
  readonly gentxPrefix: Uint8Array;
  /** Stripped generation transaction. */
  readonly gentx: Uint8Array;
  readonly gentxHash: Uint8Array;
  /** In the order of the outputs. */
  readonly payees: readonly Payout[];
  readonly donation: bigint;
}

/** Shares whose ancestor `far_share_hash` names, one less than its distance (spec/03 §7). */
const FAR_SHARE_DISTANCE = 99;

/**
 * Share info and generation transaction of a share on `parent`: the one path that mints and verifies. Minting passes what
 * a miner wants, verifying passes what a share says, and both get what the rules make of it.
 * @throws DraftError
 */
export function draftShare(
  parent: ShareNode | null,
  wish: ShareWish,
  rules: ShareRules,
  window: PayoutWindow,
): ShareDraft {
  const { format, codec } = wish.version;
  checkParent(parent, wish.data.previousShareId, rules);

  const { easiest, maxBits } = easiestTarget(parent, rules);
  const bits = shareBits(wish.target, easiest);
  const above = parent?.item.share.info;
  const info: ShareInfo = {
    data: wish.data,
    segwit: wish.segwit,
    transactions: format.listsTransactions ? listTransactions(parent, wish.otherTransactions) : null,
    farShareId: farShareId(parent),
    maxBits,
    bits,
    timestamp: shareTimestamp(wish.timestamp, above?.timestamp ?? null, format, rules.network.sharePeriod),
    absheight: ((above?.absheight ?? 0) + 1) % 2 ** 32,
    abswork: ((above?.abswork ?? 0n) + targetToAttempts(bitsToTarget(bits))) % (1n << 128n),
  };

  const weights = payoutWeights(parent, wish.blockTarget, rules, window);
  const amounts = payoutAmounts(weights, wish.data.subsidy, wish.address, rules.donationAddress);
  const { payees, donation } = payoutOrder(amounts, rules.donationAddress);

  const infoBytes = encode(codec.info, info);
  const refHash = shareRefHash(infoBytes, wish.refMerkleBranch, rules);
  const prefix = gentxPrefix(
    wish.data.coinbase,
    wish.segwit?.wtxidMerkleRoot ?? null,
    payees,
    donation,
    scriptSource(
      rules,
      format.padding,
      (address) =>
        new DraftError(`cannot pay ${address} in version ${format.version}`, { code: "DRAFT_ADDRESS_UNUSABLE" }),
    ),
  );
  const gentx = completeGentx(prefix, refHash, wish.lastTxoutNonce);
  return { info, infoBytes, refHash, gentxPrefix: prefix, gentx, gentxHash: hash256(gentx), payees, donation };
}

/** The parent must be the one named, and known far enough down that every node computes the same (spec/04 §3.2 step 4). */
function checkParent(parent: ShareNode | null, parentId: ShareId | null, rules: ShareRules): void {
  if ((parent?.id ?? null) !== parentId) {
    throw new DraftError("parent share is not known", { code: "DRAFT_PARENT_UNKNOWN" });
  }
  if (parent !== null && parent.last !== null && parent.height < rules.network.realChainLength) {
    throw new DraftError(`only ${parent.height} shares are known below`, { code: "DRAFT_CHAIN_TOO_SHORT" });
  }
}

function farShareId(parent: ShareNode | null): ShareId | null {
  if (parent === null) return null;
  const { height, last } = parent;
  if (height < FAR_SHARE_DISTANCE) {
    if (last === null) return null;
    throw new DraftError(`only ${height} shares are known below`, { code: "DRAFT_CHAIN_TOO_SHORT" });
  }
  return (parent.ancestor(FAR_SHARE_DISTANCE)?.id ?? last) as ShareId | null;
}
