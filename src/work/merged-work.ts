import { auxpowCommitment, auxpowPaths, auxpowProof, auxpowTree } from "../bitcoin/auxpow.js";
import type { BlockHeader } from "../bitcoin/block.js";
import type { ChildBlock, ChildOffer } from "../bitcoin/child-block.js";
import { strippedTransaction } from "../bitcoin/transaction.js";
import { hexToHash } from "../core/bytes.js";
import { decode, encode } from "../core/codec.js";

/** A block of another chain that the work is also done for. */
export interface MergedBlock {
  readonly chainId: number;
  /** Of the other chain's block, display order; with an offer what tells it from others, as every job makes its own block. */
  readonly hash: string;
  /** "share": whatever the job's share target is. */
  readonly target: bigint | "share";
  /** What that block builds on; a change is new work, other changes only go into jobs that are made anyway. */
  readonly previousBlock: string | null;
  /** What a block that pays every miner of the window is made from; absent for a block that the daemon made. */
  readonly offer?: ChildOffer;
}

/** The blocks that a job commits to, and where each stands in the tree under the commitment. */
export interface MergedWork {
  /** 44 bytes for the coinbase script. */
  readonly commitment: Uint8Array;
  readonly blocks: readonly {
    readonly block: MergedBlock;
    readonly slot: number;
    readonly branch: readonly Uint8Array[];
    /** Absent for a block that its daemon made. */
    readonly child?: ChildBlock;
  }[];
}

/** A block to commit to, and all of it if we made it. */
export interface MergedLeaf {
  readonly block: MergedBlock;
  readonly child?: ChildBlock;
}

/** spec/10 §8.1. Null without blocks. @throws AuxpowError if two chains have one identity */
export function mergeWork(made: readonly MergedLeaf[]): MergedWork | null {
  if (made.length === 0) return null;
  const { size, slots } = auxpowTree(made.map(({ block }) => block.chainId));
  const leaves = new Map(made.map(({ block }) => [slots.get(block.chainId)!, hexToHash(block.hash)]));
  const { branches, root } = auxpowPaths(size, leaves);
  return {
    commitment: auxpowCommitment({ merkleRoot: root, size, nonce: 0 }),
    blocks: made.map((leaf) => {
      const slot = slots.get(leaf.block.chainId)!;
      return { ...leaf, slot, branch: branches.get(slot)! };
    }),
  };
}

/** The proof that the other chain's daemon takes with its block's hash (spec/10 §11.4). */
export function mergedProof(options: {
  readonly gentx: Uint8Array;
  readonly header: BlockHeader;
  /** Hash of the header, wire order. */
  readonly blockHash: Uint8Array;
  readonly merkleBranch: readonly Uint8Array[];
  readonly slot: number;
  readonly slotBranch: readonly Uint8Array[];
}): Uint8Array {
  const { blockHash, gentx, header, merkleBranch, slot, slotBranch } = options;
  return encode(auxpowProof, {
    coinbase: {
      transaction: decode(strippedTransaction, gentx),
      blockHash,
      link: { branch: merkleBranch, index: 0 },
    },
    chainLink: { branch: slotBranch, index: slot },
    parentHeader: header,
  });
}
