import { type ChildBlock, type ChildOffer, childBlock, childCoinbaseBranch } from "../bitcoin/child-block.js";
import { hashToHex } from "../core/bytes.js";
import { hash256 } from "../core/hash/index.js";
import type { MergedAddress, MergedCoinbase } from "../sharechain/contents.js";
import { childCoinbases } from "../sharechain/merged/child-coinbase.js";
import type { OwnEntries } from "../sharechain/merged/child-weights.js";
import type { ShareNode } from "../sharechain/share-node.js";
import type { Tracker } from "../sharechain/tracker.js";
import { type MergedBlock, type MergedLeaf, type MergedWork, mergeWork } from "./merged-work.js";

/** Merged chains of one job, and what its share proves of them; null for nothing. */
export interface JobMergedWork {
  readonly merged: MergedWork | null;
  readonly coinbases: readonly MergedCoinbase[] | null;
}

interface ChildIngredients {
  readonly tracker: Tracker;
  /** Whom the job's share pays, as a script's bytes in characters; null where no share of version 36 can. */
  readonly owner: string | null;
  readonly mergedAddresses: readonly MergedAddress[] | null;
  readonly parent: ShareNode | null;
}

/** Space for header, proof and counts of a child's block: a coinbase of the parent chain of 150 kB at most, and branches. */
const BLOCK_OVERHEAD = 160_000;

/**
 * Makes the blocks of merged chains that a job commits to: each offer becomes a block that pays the window by its weights
 * (spec/20 §9.3, §9.4). A chain that nobody in the window votes for yet is left out, as there is nobody to pay.
 */
export function mergedWorkOf(blocks: readonly MergedBlock[], from: ChildIngredients): JobMergedWork {
  const { tracker, parent } = from;
  const { realChainLength } = tracker.rules.network;
  const isProvable = tracker.formatToMint(parent).commitsToMergedPayouts && blocks.length === 1;
  let coinbases: readonly MergedCoinbase[] | null = null;
  const made = blocks.flatMap((block): MergedLeaf[] => {
    if (block.offer === undefined) return [{ block }];
    const window = tracker.windows.child(block.chainId);
    const weights = window.weights(parent, realChainLength, ownEntries(from));
    if (weights.total === 0n) return [];
    const { height } = block.offer;
    const choices = (value: bigint): Uint8Array[] =>
      childCoinbases(weights, { value, height, coinbaseScript: new Uint8Array(0) });
    const { child, value, isOnlyOne } = fill(block.offer, choices);
    // A proof that some node would judge in another way costs the whole share; the payment is the same without it.
    if (isProvable && isOnlyOne && !window.dependsOnMemory(parent, realChainLength)) {
      coinbases = [proofOf(block.chainId, child, value, height)];
    }
    return [{ block: { ...block, hash: hashToHex(hash256(child.header)) }, child }];
  });
  return { merged: mergeWork(made), coinbases };
}

function ownEntries({ owner, mergedAddresses }: ChildIngredients): OwnEntries | null {
  return owner === null || mergedAddresses === null ? null : { owner, mergedAddresses };
}

interface FilledChild {
  readonly child: ChildBlock;
  readonly value: bigint;
  /** Whether rounding left no choice of the coinbase. */
  readonly isOnlyOne: boolean;
}

/** The offer's transactions, but the last ones where our coinbase is so long that not all of them fit. */
function fill(offer: ChildOffer, choices: (value: bigint) => Uint8Array[]): FilledChild {
  const { template, value, fees, sizeLimit } = offer;
  let { transactions } = template;
  let branch = offer.coinbaseBranch;
  let worth = value;
  let coinbases = choices(worth);
  let size = BLOCK_OVERHEAD + coinbases[0]!.length + transactions.reduce((sum, { raw }) => sum + raw.length, 0);
  let count = transactions.length;
  while (size > sizeLimit && count > 0) {
    count--;
    size -= transactions[count]!.raw.length;
    worth -= fees[count] ?? 0n;
  }
  if (count < transactions.length) {
    transactions = transactions.slice(0, count);
    branch = childCoinbaseBranch(transactions);
    coinbases = choices(worth);
  }
  return {
    child: childBlock({ ...template, transactions }, coinbases[0]!, branch),
    value: worth,
    isOnlyOne: coinbases.length === 1,
  };
}

function proofOf(chainId: number, child: ChildBlock, coinbaseValue: bigint, blockHeight: bigint): MergedCoinbase {
  const { header, coinbaseBranch } = child;
  return { chainId, coinbaseValue, blockHeight, header, coinbaseBranch, coinbaseScript: new Uint8Array(0) };
}
