import { concatBytes } from "../core/bytes.js";
import { type Codec, composed, decode, encode, hash256Bytes, list, mapped, u32 } from "../core/codec.js";
import { P2PoolError } from "../core/errors.js";
import { hash256Pair } from "../core/hash/index.js";
import { type BlockHeader, blockHeader } from "./block.js";
import { type StrippedTransaction, strippedTransaction } from "./transaction.js";

/** Merged mining: the commitment in the coinbase, the tree of chains under it, and its proof (spec/01 §10). */
export type AuxpowErrorCode =
  /** Two chains have one identity, or no tree up to 2^30 slots keeps them all apart. */
  "AUXPOW_SLOT_COLLISION";

export class AuxpowError extends P2PoolError<{ code: AuxpowErrorCode }> {}

const MAGIC = Uint8Array.of(0xfa, 0xbe, 0x6d, 0x6d);
const LARGEST_TREE = 2 ** 30;

export interface AuxpowCommitment {
  /** Root of the tree of chains; 32 bytes in wire order. The commitment is the one place where it stands big-endian. */
  readonly merkleRoot: Uint8Array;
  /** Slots of that tree. */
  readonly size: number;
  readonly nonce: number;
}

/** root as u256be, size, nonce. */
const commitment: Codec<AuxpowCommitment> = composed<AuxpowCommitment>({
  merkleRoot: mapped(
    hash256Bytes,
    (wire) => Uint8Array.from(wire).reverse(),
    (root) => Uint8Array.from(root).reverse(),
  ),
  size: u32,
  nonce: u32,
});

/** 44 bytes, pushed as one string after the block height. */
export function auxpowCommitment(value: AuxpowCommitment): Uint8Array {
  return concatBytes(MAGIC, encode(commitment, value));
}

/** The first commitment in a coinbase script, pushed or not (spec/20 §9.5); null if there is none, or not all of it. */
export function readAuxpowCommitment(script: Uint8Array): AuxpowCommitment | null {
  for (let at = 0; at + MAGIC.length <= script.length; at++) {
    if (!MAGIC.every((byte, i) => script[at + i] === byte)) continue;
    const body = script.subarray(at + MAGIC.length, at + MAGIC.length + commitment.minimumSize);
    return body.length < commitment.minimumSize ? null : decode(commitment, body);
  }
  return null;
}

export interface AuxpowTree {
  /** Number of slots, a power of two. */
  readonly size: number;
  /** Slot of each chain id. */
  readonly slots: ReadonlyMap<number, number>;
}

/** The smallest tree in which every chain has a slot of its own. @throws AuxpowError AUXPOW_SLOT_COLLISION */
export function auxpowTree(chainIds: readonly number[]): AuxpowTree {
  for (let size = 1; size <= LARGEST_TREE; size *= 2) {
    if (size < chainIds.length) continue;
    const slots = new Map(chainIds.map((id) => [id, slotOf(id, size)]));
    if (new Set(slots.values()).size === chainIds.length) return { size, slots };
  }
  throw new AuxpowError(`no tree has a slot for each of the chains ${chainIds.join(", ")}`, {
    code: "AUXPOW_SLOT_COLLISION",
  });
}

function slotOf(chainId: number, size: number): number {
  const FACTOR = 1103515245n;
  return Number((FACTOR * BigInt(chainId) + FACTOR * 12345n + 12345n) % BigInt(size));
}

export interface AuxpowPaths {
  readonly root: Uint8Array;
  /** Siblings of each taken slot, from the leaf up. */
  readonly branches: ReadonlyMap<number, readonly Uint8Array[]>;
}

/**
 * Root and branches of a tree whose free slots hold zeros. Works on the taken slots only, since a collision can make a
 * tree of a few chains very large.
 */
export function auxpowPaths(size: number, leaves: ReadonlyMap<number, Uint8Array>): AuxpowPaths {
  let empty: Uint8Array = new Uint8Array(32);
  let level = leaves;
  const branches = new Map<number, Uint8Array[]>([...leaves.keys()].map((slot) => [slot, []]));
  for (let depth = 0; 2 ** depth < size; depth++) {
    const hashAt = (index: number): Uint8Array => level.get(index) ?? empty;
    for (const [slot, branch] of branches) branch.push(hashAt((slot >>> depth) ^ 1));
    const parents = new Set([...level.keys()].map((index) => index >>> 1));
    level = new Map([...parents].map((index) => [index, hash256Pair(hashAt(2 * index), hashAt(2 * index + 1))]));
    empty = hash256Pair(empty, empty);
  }
  return { root: level.get(0) ?? empty, branches };
}

/** Siblings of a leaf, from the leaf up, and the leaf's place. */
export interface MerkleLink {
  readonly branch: readonly Uint8Array[];
  readonly index: number;
}

const merkleLink: Codec<MerkleLink> = composed<MerkleLink>({
  branch: list(hash256Bytes) as Codec<readonly Uint8Array[]>,
  index: u32,
});

/** Proof that a parent block's work was also done for a child's block. */
export interface AuxpowProof {
  readonly coinbase: {
    readonly transaction: StrippedTransaction;
    /** Hash of the parent block, 32 bytes in wire order. */
    readonly blockHash: Uint8Array;
    /** Where the generation transaction stands in the parent block. */
    readonly link: MerkleLink;
  };
  /** Where the child stands in the tree of chains. */
  readonly chainLink: MerkleLink;
  readonly parentHeader: BlockHeader;
}

export const auxpowProof: Codec<AuxpowProof> = composed<AuxpowProof>({
  coinbase: composed<AuxpowProof["coinbase"]>({
    transaction: strippedTransaction,
    blockHash: hash256Bytes,
    link: merkleLink,
  }),
  chainLink: merkleLink,
  parentHeader: blockHeader,
});
