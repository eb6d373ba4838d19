import { referenceSubsidy } from "../bitcoin/coin.js";
import { equalBytes, hashToHex } from "../core/bytes.js";
import { bitsToTarget } from "../core/compact.js";
import { hash256 } from "../core/hash/index.js";
import { merkleBranch } from "../core/merkle.js";
import type { ShareInfo, TransactionLists } from "./contents.js";
import {
  draftShare,
  outlinedGentx,
  outlineShare,
  type ShareDraft,
  type ShareOutline,
  type ShareWish,
} from "./draft.js";
import { DraftError, type DraftErrorCode } from "./errors.js";
import { gentxSize } from "./gentx.js";
import { childProofProblem } from "./merged/child-proof.js";
import { openMessages } from "./messages.js";
import type { PayoutWindows } from "./payout-windows.js";
import type { ShareRules } from "./rules.js";
import type { Share } from "./share.js";
import type { GentxSize, ShareNode } from "./share-node.js";
import { resolveTransactions } from "./transaction-lists.js";
import { checkSuccession, type SuccessionError, succession } from "./versions.js";
import type { Votes } from "./vote-window.js";
import type { Workspace } from "./workspace.js";

export type VerifyErrorCode =
  | DraftErrorCode
  | SuccessionError
  | "CHILD_PROOF_INVALID"
  | "GENTX_MISMATCH"
  | "INFO_MISMATCH"
  | "MERKLE_BRANCH_MISMATCH"
  | "MESSAGES_INVALID"
  | "TIMESTAMP_IN_FUTURE"
  | "TRANSACTION_REFS_UNKNOWN";

export type Verdict =
  | {
      readonly ok: true;
      readonly naughty: number;
      readonly gentxSize: GentxSize;
      /** Votes that stood behind the share's version; null on a young chain. */
      readonly votes: Votes | null;
    }
  | { readonly ok: false; readonly code: VerifyErrorCode; readonly reason: string; readonly naughty: number };

/** What the coin's daemon knows, as far as it bears on shares (spec/04 §7.1, §9). */
export interface DaemonView {
  /** Height of a block of the coin; 0 while unknown. */
  blockHeight(hash: string): number;
  /** Height relative to the best block, 0 or less; very low while unknown. */
  relativeHeight(hash: string): number;
  /** Fee in satoshi of a transaction by its hash (display order), if the node ever had it in a template. */
  fee(transactionHash: string): bigint | undefined;
  /** Stripped size of a transaction whose bytes are known. */
  transactionSize(transactionHash: string): number | undefined;
}

/** Furthest that a share's time may lie ahead of the local clock, seconds. */
const MAX_FUTURE_SECONDS = 600;
/** Naughtiness is inherited up to here and then forgotten. */
const MAX_NAUGHTY = 6;

/**
 * Verifies a share in its place (spec/04 §3): the checks in their order, the share drafted again from what it says and
 * compared. `now`: seconds since 1970. Changes nothing.
 */
export function verifyShare(
  node: ShareNode,
  now: number,
  view: DaemonView,
  rules: ShareRules,
  workspace: Workspace,
): Verdict {
  const { share } = node.item;
  const { parent } = node;
  let naughty = node.item.naughty;
  const fail = (code: VerifyErrorCode, reason: string): Verdict => ({ ok: false, code, reason, naughty });

  const ahead = share.info.timestamp - Math.floor(now);
  if (ahead > MAX_FUTURE_SECONDS) return fail("TIMESTAMP_IN_FUTURE", `timestamp is ${ahead} s in the future`);

  let votes: Votes | null = null;
  if (parent !== null) {
    votes = succession(parent, rules, (from, count) => workspace.votes(from, count));
    const error = checkSuccession(share.format, parent, votes, rules);
    if (error !== null) {
      return fail(error, `version ${share.version} cannot follow version ${parent.item.share.version}: ${error}`);
    }
  }

  if (share.contents.messages !== null && openMessages(share.contents.messages, workspace.signatures.check) === null) {
    return fail("MESSAGES_INVALID", "carries messages that are not signed by an author");
  }

  const transactions = resolveTransactions(node);
  if (transactions === null) return fail("TRANSACTION_REFS_UNKNOWN", "refers to transactions of shares it has not");

  const wish = wishOf(share, transactions, rules);
  let outline: ShareOutline;
  try {
    outline = outlineShare(parent, wish, rules, workspace.windows);
  } catch (error) {
    if (!(error instanceof DraftError)) throw error;
    return fail(error.code, error.message);
  }

  if (share.format.listsTransactions && parent !== null && takesTooMuch(node, transactions, view, rules)) naughty = 1;
  const inherited = parent?.item.naughty ?? 0;
  if (inherited > 0) naughty = inherited + 1 > MAX_NAUGHTY ? 0 : inherited + 1;

  const difference = describeDifference(share.info, outline.info);
  if (difference !== null) return fail("INFO_MISMATCH", `share info: ${difference}`);
  // The info is the share's own, so its reference hash is too.
  const gentx = outlinedGentx(outline, wish, share.refHash, workspace.room);
  if (!equalBytes(hash256(gentx), share.gentxHash)) {
    return fail("GENTX_MISMATCH", "does not commit to the generation transaction that the chain demands");
  }
  if (share.format.listsTransactions && !sameBranch(share.contents.merkleBranch, transactions)) {
    return fail("MERKLE_BRANCH_MISMATCH", "merkle branch does not belong to its transactions");
  }
  const problem = childProofProblem(node, rules, workspace.windows);
  if (problem !== null) return fail("CHILD_PROOF_INVALID", problem);
  return { ok: true, naughty, gentxSize: gentxSize(gentx.length, share.info.segwit !== null), votes };
}

/** The draft of what a share itself says, whole; verifying takes the same steps and stops where it can. @throws DraftError */
export function redraft(
  node: ShareNode,
  transactions: readonly Uint8Array[],
  rules: ShareRules,
  windows: PayoutWindows,
): ShareDraft {
  return draftShare(node.parent, wishOf(node.item.share, transactions, rules), rules, windows);
}

function wishOf(share: Share, transactions: readonly Uint8Array[], rules: ShareRules): ShareWish {
  const { info, contents } = share;
  return {
    version: rules.version(share.version)!,
    data: info.data,
    address: share.address,
    blockTarget: bitsToTarget(contents.minHeader.bits),
    timestamp: info.timestamp,
    target: share.target,
    segwit: info.segwit,
    mergedAddresses: info.mergedAddresses,
    mergedCoinbases: info.mergedCoinbases,
    messages: contents.messages,
    otherTransactions: transactions,
    refMerkleBranch: contents.refMerkleBranch,
    lastTxoutNonce: contents.lastTxoutNonce,
  };
}

/**
 * Whether a share before version 34 claims more than subsidy and fees (spec/04 §7.1). Uses the reference's subsidy, one
 * block early; no test while any fee is unknown.
 */
function takesTooMuch(
  node: ShareNode,
  transactions: readonly Uint8Array[],
  view: DaemonView,
  rules: ShareRules,
): boolean {
  const { share } = node.item;
  let allowed = referenceSubsidy(rules.network.coin, view.blockHeight(share.header.previousBlock ?? "") + 1);
  for (const hash of transactions) {
    const fee = view.fee(hashToHex(hash));
    if (fee === undefined) return false;
    allowed += fee;
  }
  return share.info.data.subsidy > allowed;
}

function sameBranch(branch: readonly Uint8Array[], transactions: readonly Uint8Array[]): boolean {
  const expected = merkleBranch([null, ...transactions], 0);
  return branch.length === expected.length && branch.every((hash, i) => equalBytes(hash, expected[i]!));
}

/**
 * The fields in which a share's info is not what the chain demands (spec/04 §3.2 step 7); null if there are none. Share data
 * and segwit data need no look: the demanded info took them over.
 */
function describeDifference(claimed: ShareInfo, demanded: ShareInfo): string | null {
  const differing: string[] = [];
  for (const field of DERIVED_FIELDS) {
    if (claimed[field] !== demanded[field]) differing.push(`${field} is ${claimed[field]}, not ${demanded[field]}`);
  }
  if (!sameLists(claimed.transactions, demanded.transactions))
    differing.push("transactions are not listed canonically");
  return differing.length === 0 ? null : differing.join("; ");
}

const DERIVED_FIELDS = [
  "farShareId",
  "maxBits",
  "bits",
  "timestamp",
  "absheight",
  "abswork",
  "mergedPayoutHash",
] as const;

function sameLists(a: TransactionLists | null, b: TransactionLists | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.refs.length === b.refs.length &&
    a.refs.every((ref, i) => ref === b.refs[i]) &&
    a.newHashes.length === b.newHashes.length &&
    a.newHashes.every((hash, i) => equalBytes(hash, b.newHashes[i]!))
  );
}
