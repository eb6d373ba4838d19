import { referenceSubsidy } from "../bitcoin/coin.js";
import { equalBytes, hashToHex } from "../core/bytes.js";
import { bitsToTarget } from "../core/compact.js";
import { merkleBranch } from "../core/merkle.js";
import { draftShare, type ShareDraft } from "./draft.js";
import { DraftError, type DraftErrorCode } from "./errors.js";
import { gentxSize } from "./gentx.js";
import type { PayoutWindow } from "./payout-window.js";
import type { ShareRules } from "./rules.js";
import type { GentxSize, ShareNode } from "./share-node.js";
import { resolveTransactions } from "./transaction-lists.js";
import { checkSuccession, type SuccessionError, succession, type Votes } from "./versions.js";

export type VerifyErrorCode =
  | DraftErrorCode
  | SuccessionError
  | "GENTX_MISMATCH"
  | "INFO_MISMATCH"
  | "MERKLE_BRANCH_MISMATCH"
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
  window: PayoutWindow,
): Verdict {
  const { share } = node.item;
  const { parent } = node;
  let naughty = node.item.naughty;
  const fail = (code: VerifyErrorCode, reason: string): Verdict => ({ ok: false, code, reason, naughty });

  const ahead = share.info.timestamp - Math.floor(now);
  if (ahead > MAX_FUTURE_SECONDS) return fail("TIMESTAMP_IN_FUTURE", `timestamp is ${ahead} s in the future`);

  let votes: Votes | null = null;
  if (parent !== null) {
    votes = succession(parent, rules);
    const error = checkSuccession(share.version, parent, votes);
    if (error !== null) {
      return fail(error, `version ${share.version} cannot follow version ${parent.item.share.version}: ${error}`);
    }
  }

  const transactions = resolveTransactions(node);
  if (transactions === null) return fail("TRANSACTION_REFS_UNKNOWN", "refers to transactions of shares it has not");

  let draft: ShareDraft;
  try {
    draft = redraft(node, transactions, rules, window);
  } catch (error) {
    if (!(error instanceof DraftError)) throw error;
    return fail(error.code, error.message);
  }

  if (share.format.listsTransactions && parent !== null && takesTooMuch(node, transactions, view, rules)) naughty = 1;
  const inherited = parent?.item.naughty ?? 0;
  if (inherited > 0) naughty = inherited + 1 > MAX_NAUGHTY ? 0 : inherited + 1;

  if (!equalBytes(draft.infoBytes, share.infoBytes))
    return fail("INFO_MISMATCH", describeMismatch(share.info, draft.info));
  if (!equalBytes(draft.gentxHash, share.gentxHash)) {
    return fail("GENTX_MISMATCH", "does not commit to the generation transaction that the chain demands");
  }
  if (share.format.listsTransactions && !sameBranch(share.contents.merkleBranch, transactions)) {
    return fail("MERKLE_BRANCH_MISMATCH", "merkle branch does not belong to its transactions");
  }
  return { ok: true, naughty, gentxSize: gentxSize(draft.gentx.length, share.info.segwit !== null), votes };
}

/** The draft of what a share itself says; minting drafts with the same function. @throws DraftError */
export function redraft(
  node: ShareNode,
  transactions: readonly Uint8Array[],
  rules: ShareRules,
  window: PayoutWindow,
): ShareDraft {
  const { share } = node.item;
  return draftShare(
    node.parent,
    {
      version: rules.version(share.version)!,
      data: share.info.data,
      address: share.address,
      blockTarget: bitsToTarget(share.contents.minHeader.bits),
      timestamp: share.info.timestamp,
      target: share.target,
      segwit: share.info.segwit,
      otherTransactions: transactions,
      refMerkleBranch: share.contents.refMerkleBranch,
      lastTxoutNonce: share.contents.lastTxoutNonce,
    },
    rules,
    window,
  );
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

/** Names the fields that differ, for logs and for `inspect`. */
function describeMismatch(claimed: object, demanded: object): string {
  const differing: string[] = [];
  for (const [field, value] of Object.entries(demanded)) {
    const other = (claimed as Record<string, unknown>)[field];
    if (typeof value === "object" && value !== null) {
      if (field === "transactions" && !sameLists(value, other)) differing.push("transactions");
      continue;
    }
    if (value !== other) differing.push(`${field} is ${other}, not ${value}`);
  }
  return `share info: ${differing.join("; ") || "differs"}`;
}

function sameLists(a: unknown, b: unknown): boolean {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, v) =>
      typeof v === "bigint" ? v.toString() : v instanceof Uint8Array ? hashToHex(v) : v,
    );
  return text(a) === text(b);
}
