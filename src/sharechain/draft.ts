import { witnessCommitment } from "../bitcoin/transaction.js";
import { readUint64 } from "../core/bytes.js";
import { encode, type Room } from "../core/codec.js";
import type { MergedAddress, MergedCoinbase, SegwitData, ShareData, ShareId, ShareInfo } from "./contents.js";
import { DraftError } from "./errors.js";
import { GENTX_SUFFIX_SIZE, strippedGentx } from "./gentx.js";
import { AMOUNT_BYTES } from "./output-sheet.js";
import type { Payee } from "./payees.js";
import type { PayoutWindows } from "./payout-windows.js";
import { splitSubsidy } from "./payouts.js";
import type { ShareRules, VersionRules } from "./rules.js";
import { committedBytes, shareRefHash } from "./share.js";
import type { ShareNode } from "./share-node.js";
import type { Payout, Split } from "./split.js";
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
  /** What the generation transaction says of `segwit`, where many drafts have the same. */
  readonly witnessCommitment?: Uint8Array | null;
  /** Where the miner is paid on merged chains, and proofs of their blocks: from version 36 on. */
  readonly mergedAddresses?: readonly MergedAddress[] | null;
  readonly mergedCoinbases?: readonly MergedCoinbase[] | null;
  /** From version 36 on. */
  readonly messages?: Uint8Array | null;
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
  /** In the order of the outputs. They are read from the transaction: few drafts become blocks. */
  payees(): readonly Payout[];
  readonly donation: bigint;
}

/** Shares whose ancestor `far_share_hash` names, one less than its distance (spec/03 §7). */
const FAR_SHARE_DISTANCE = 99;

/**
 * Share info and generation transaction of a share on `parent`: the one path that mints and verifies. Minting passes what
 * a miner wants, verifying passes what a share says, and both get what the rules make of it. `room`: for the bytes of the draft.
 * @throws DraftError
 */
export function draftShare(
  parent: ShareNode | null,
  wish: ShareWish,
  rules: ShareRules,
  windows: PayoutWindows,
  room?: Room,
): ShareDraft {
  const outline = outlineShare(parent, wish, rules, windows);
  const { info, split } = outline;
  const infoBytes = encode(wish.version.codec.info, info, room);
  const committed = committedBytes(infoBytes, wish.messages ?? null, wish.version.format);
  const refHash = shareRefHash(committed, wish.refMerkleBranch, rules);
  const gentx = outlinedGentx(outline, wish, refHash, room);
  const outputsAt = gentx.length - GENTX_SUFFIX_SIZE - wish.version.constantEnd.length - AMOUNT_BYTES - split.size;
  const inOrder = split.order();
  return {
    info,
    infoBytes,
    refHash,
    gentxPrefix: gentx.subarray(0, gentx.length - GENTX_SUFFIX_SIZE),
    gentx,
    payees: () => payoutsIn(gentx, outputsAt, inOrder()),
    donation: split.donation,
  };
}

/** What outputs give to their payees. */
function payoutsIn(gentx: Uint8Array, outputsAt: number, payees: readonly Payee[]): Payout[] {
  let at = outputsAt;
  return payees.map(({ address }) => {
    const amount = readUint64(gentx, at);
    at += AMOUNT_BYTES + 1 + gentx[at + AMOUNT_BYTES]!;
    return { address, amount };
  });
}

/** A draft before anything is encoded or hashed; true until the window is moved again. */
export interface ShareOutline {
  readonly info: ShareInfo;
  readonly split: Split;
}

/** The first half of a draft: verifying ends here for a share whose info is wrong. @throws DraftError */
export function outlineShare(
  parent: ShareNode | null,
  wish: ShareWish,
  rules: ShareRules,
  windows: PayoutWindows,
): ShareOutline {
  checkParent(parent, wish.data.previousShareId, rules);
  const info = deriveInfo(parent, wish, rules, windows);
  const { version, blockTarget, address: finder } = wish;
  const split = splitSubsidy(parent, { version, blockTarget, subsidy: wish.data.subsidy, finder }, rules, windows);
  split.requireScripts(version);
  return { info, split };
}

/** The second half: the stripped generation transaction, given the reference hash of the share info. */
export function outlinedGentx(
  { split }: ShareOutline,
  { data, lastTxoutNonce, segwit, version, witnessCommitment: known }: ShareWish,
  refHash: Uint8Array,
  room?: Room,
): Uint8Array {
  const commitment = known ?? commitmentTo(segwit);
  return strippedGentx(data.coinbase, commitment, split, refHash, lastTxoutNonce, version.constantEnd, room);
}

/** What a generation transaction says of the witnesses of its block; null where segwit is not active. */
export function commitmentTo(segwit: SegwitData | null): Uint8Array | null {
  return segwit === null ? null : witnessCommitment(segwit.wtxidMerkleRoot);
}

function deriveInfo(parent: ShareNode | null, wish: ShareWish, rules: ShareRules, windows: PayoutWindows): ShareInfo {
  const { format } = wish.version;
  const above = parent?.item.share.info;
  const timestamp = shareTimestamp(wish.timestamp, above?.timestamp ?? null, format, rules.network.sharePeriod);
  const { easiest, maxBits } = easiestTarget(parent, { format, timestamp }, rules);
  const bits = shareBits(wish.target, easiest);
  return {
    data: wish.data,
    segwit: wish.segwit,
    mergedAddresses: wish.mergedAddresses ?? null,
    transactions: format.listsTransactions ? listTransactions(parent, wish.otherTransactions) : null,
    farShareId: farShareId(parent),
    maxBits,
    bits,
    timestamp,
    absheight: ((above?.absheight ?? 0) + 1) % 2 ** 32,
    abswork: ((above?.abswork ?? 0n) + rules.targetOf(bits).work) % format.absworkModulus,
    mergedCoinbases: wish.mergedCoinbases ?? null,
    mergedPayoutHash: format.commitsToMergedPayouts
      ? windows.commitment.hash(parent, Math.min(parent?.height ?? 0, rules.network.realChainLength))
      : null,
  };
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
