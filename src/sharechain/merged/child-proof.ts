import { readAuxpowCommitment } from "../../bitcoin/auxpow.js";
import { equalBytes } from "../../core/bytes.js";
import { hash256 } from "../../core/hash/index.js";
import { merkleApply } from "../../core/merkle.js";
import type { MergedCoinbase } from "../contents.js";
import type { PayoutWindows } from "../payout-windows.js";
import type { ShareRules } from "../rules.js";
import type { ShareNode } from "../share-node.js";
import { childCoinbases } from "./child-coinbase.js";

/**
 * What is wrong with a share's proof that the blocks of merged chains it commits to pay every miner (spec/20 §9.5); null if
 * nothing is. Not a function of the chain alone: the payees may come from this node's address memory.
 */
export function childProofProblem(node: ShareNode, rules: ShareRules, windows: PayoutWindows): string | null {
  const { info } = node.item.share;
  const { parent } = node;
  if (info.mergedCoinbases === null) return null;
  const commitment = readAuxpowCommitment(info.data.coinbase);
  if (commitment === null) return "the coinbase commits to no merged block";
  const { mergedChains, realChainLength } = rules.network;
  if (parent === null || parent.height < realChainLength) return null;

  for (const block of info.mergedCoinbases) {
    const { chainId, header } = block;
    if (!mergedChains.some((chain) => chain.chainId === chainId)) continue;
    const root = provenRoot(block, parent, realChainLength, windows);
    // Nobody votes for merged chains yet, so there is nothing to pay by.
    if (root === "nobody") continue;
    if (!root) return `the coinbase of chain ${chainId} does not pay what the chain demands`;
    if (commitment.size !== 1) return `the tree of merged chains has ${commitment.size} slots, not one`;
    if (!equalBytes(hash256(header), commitment.merkleRoot)) return `chain ${chainId} is not the block committed to`;
  }
  return null;
}

/** Whether the merkle root in a header is that of a coinbase that pays by the window. */
function provenRoot(
  { chainId, coinbaseValue, blockHeight, header, coinbaseBranch, coinbaseScript }: MergedCoinbase,
  parent: ShareNode,
  maxShares: number,
  windows: PayoutWindows,
): boolean | "nobody" {
  const weights = windows.child(chainId).weights(parent, maxShares);
  if (weights.total === 0n) return "nobody";
  const block = { value: coinbaseValue, height: blockHeight, coinbaseScript };
  const claimed = header.subarray(MERKLE_ROOT_AT, MERKLE_ROOT_AT + 32);
  return childCoinbases(weights, block).some((coinbase) =>
    equalBytes(merkleApply(hash256(coinbase), coinbaseBranch), claimed),
  );
}

/** Where the merkle root stands in a header. */
const MERKLE_ROOT_AT = 36;
