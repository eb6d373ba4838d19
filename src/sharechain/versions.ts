import type { Adoption } from "./adoption-window.js";
import type { ShareFormat, ShareVersion } from "./formats/index.js";
import type { ShareRules } from "./rules.js";
import type { ShareNode } from "./share-node.js";
import type { Votes } from "./vote-window.js";

/** Votes of `count` shares from `from` down (spec/04 §2). */
export function countVotes(from: ShareNode, count: number): Votes {
  const byVersion = new Map<bigint, bigint>();
  let total = 0n;
  for (const { item } of from.chain(count)) {
    const vote = item.share.info.data.desiredVersion;
    byVersion.set(vote, (byVersion.get(vote) ?? 0n) + item.work);
    total += item.work;
  }
  return { byVersion, total };
}

/** Votes that decide about a share on `parent`: the oldest tenth of its chain length; null on a young chain (§4.3). */
export function succession(
  parent: ShareNode,
  rules: ShareRules,
  count: (from: ShareNode, count: number) => Votes = countVotes,
): Votes | null {
  const { chainLength } = rules.network;
  if (parent.height < chainLength) return null;
  const oldest = parent.ancestor(Math.floor((chainLength * 9) / 10));
  return oldest === null ? null : count(oldest, Math.floor(chainLength / 10));
}

export type SuccessionError = "NOT_A_SUCCESSOR" | "NOT_ENOUGH_HISTORY" | "NOT_ENOUGH_VOTES";

/** Whether a share of a format may stand on `parent`; null if it may (spec/04 §4.3, spec/20 §11). */
export function checkSuccession(
  format: ShareFormat,
  parent: ShareNode,
  votes: Votes | null,
  rules: ShareRules,
): SuccessionError | null {
  const { version } = format;
  const above = parent.item.share.format;
  if (votes === null) return version === above.successor ? "NOT_ENOUGH_HISTORY" : null;
  if (version === above.version) return null;
  if (rules.newest.allowsStepBack && format.successor === above.version) return null;
  if (version !== above.successor) return "NOT_A_SUCCESSOR";
  return votesFor(version, votes) < (votes.total * 60n) / 100n ? "NOT_ENOUGH_VOTES" : null;
}

/** Whether 95 % of the work votes for a version: from then on old peers are refused (spec/04 §4.3). */
export function isOverwhelming(version: ShareVersion, votes: Votes): boolean {
  return votesFor(version, votes) >= (votes.total * 95n) / 100n;
}

/** Voters without whom a majority is nobody's but our own. */
const MIN_VOTERS = 2;

/** Sums over stretches of a chain that end at a share. */
export interface ChainCounts {
  /** Votes of `count` shares from `from` down. */
  votes(from: ShareNode, count: number): Votes;
  /** How far they have come on their way to a format. */
  adoption(format: ShareFormat, from: ShareNode, count: number): Adoption;
}

/**
 * Format of the share to mint on `parent`: our policy, derived from the chain alone and never remembered (spec/04 §5.5,
 * spec/20 §12). A version is minted when its vote is overwhelming and every implementation would accept the share; it is
 * minted on through single shares that step back, as long as it has half of the votes.
 */
export function formatToMint(parent: ShareNode | null, rules: ShareRules, counts: ChainCounts): ShareFormat {
  if (parent === null) return rules.version(rules.network.genesisShareVersion)!.format;
  const { format } = parent.item.share;
  const { chainLength } = rules.network;
  const next = rules.successor(format);
  if (parent.height < chainLength) return format;
  if (next === null) {
    const previous = format.allowsStepBack ? rules.predecessor(format) : null;
    if (previous === null) return format;
    const { voting, total } = counts.adoption(format, parent, chainLength);
    return 2n * voting < total ? previous : format;
  }
  const votes = succession(parent, rules, (from, count) => counts.votes(from, count))!;
  const voted = votesFor(next.version, votes);
  if (next.mintedAfter === "tailVote") return voted > (votes.total * 95n) / 100n ? next : format;
  // Not rounded down: one of the living implementations rounds and the other does not.
  if (voted * 100n < votes.total * 60n) return format;
  const { voting, minted, total, voters } = counts.adoption(next, parent, chainLength);
  const isUnderWay = 2n * minted >= total;
  const isWanted = isUnderWay ? 2n * voting >= total : voting * 100n >= total * 95n && voters >= MIN_VOTERS;
  return isWanted ? next : format;
}

function votesFor(version: ShareVersion, votes: Votes): bigint {
  return votes.byVersion.get(BigInt(version)) ?? 0n;
}
