import { bitsToTarget } from "../../../../src/core/compact.js";
import type { ShareData } from "../../../../src/sharechain/contents.js";
import { draftShare } from "../../../../src/sharechain/draft.js";
import { ShareError } from "../../../../src/sharechain/errors.js";
import { blockBranches, UnsolvedShare } from "../../../../src/sharechain/mint.js";
import { encodeShare, loadShare, type Share } from "../../../../src/sharechain/share.js";
import type { ShareNode } from "../../../../src/sharechain/share-node.js";
import type { Tracker } from "../../../../src/sharechain/tracker.js";

/**
 * A share again with some of its data changed, minted and mined on the same parent for the same transactions. For networks
 * with easy targets.
 */
export function remine(
  parent: ShareNode,
  { contents, info, ...share }: Share,
  change: Partial<ShareData>,
  transactions: readonly Uint8Array[],
  { rules, windows }: Tracker,
): Share {
  const version = rules.version(share.version)!;
  const draft = draftShare(
    parent,
    {
      version,
      data: { ...info.data, ...change },
      address: share.address,
      blockTarget: bitsToTarget(contents.minHeader.bits),
      timestamp: info.timestamp,
      target: share.target,
      segwit: info.segwit,
      otherTransactions: transactions,
      refMerkleBranch: [],
      lastTxoutNonce: contents.lastTxoutNonce,
    },
    rules,
    windows,
  );
  const { lastTxoutNonce, merkleBranch, minHeader } = contents;
  const unsolved = new UnsolvedShare(draft, blockBranches([]), version);
  for (let nonce = 0; ; nonce++) {
    const mined = unsolved.contents({ ...minHeader, nonce }, lastTxoutNonce);
    const raw = encodeShare({ ...mined, merkleBranch }, version);
    try {
      return loadShare(raw, rules);
    } catch (error) {
      if (!(error instanceof ShareError && error.code === "SHARE_POW_INVALID")) throw error;
    }
  }
}
