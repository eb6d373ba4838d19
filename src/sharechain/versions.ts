import type { ShareVersion } from "./formats/index.js";
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

/** Whether a share of a version may stand on `parent`; null if it may (spec/04 §4.3). */
export function checkSuccession(version: ShareVersion, parent: ShareNode, votes: Votes | null): SuccessionError | null {
  const { format } = parent.item.share;
  if (votes === null) return version === format.successor ? "NOT_ENOUGH_HISTORY" : null;
  if (version === format.version) return null;
  if (version !== format.successor) return "NOT_A_SUCCESSOR";
  return votesFor(version, votes) < (votes.total * 60n) / 100n ? "NOT_ENOUGH_VOTES" : null;
}

/** Whether 95 % of the work votes for a version: from then on old peers are refused (spec/04 §4.3). */
export function isOverwhelming(version: ShareVersion, votes: Votes): boolean {
  return votesFor(version, votes) >= (votes.total * 95n) / 100n;
}

/** Version of the share to mint on `parent` (spec/04 §5.5): the successor above 95 % of the votes. */
export function versionToMint(parent: ShareNode | null, rules: ShareRules): ShareVersion {
  if (parent === null) return rules.network.genesisShareVersion as ShareVersion;
  const { format } = parent.item.share;
  if (format.successor === null) return format.version;
  const votes = succession(parent, rules);
  if (votes === null) return format.version;
  return votesFor(format.successor, votes) > (votes.total * 95n) / 100n ? format.successor : format.version;
}

function votesFor(version: ShareVersion, votes: Votes): bigint {
  return votes.byVersion.get(BigInt(version)) ?? 0n;
}
