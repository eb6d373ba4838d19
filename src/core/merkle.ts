import { P2PoolError } from "./errors.js";
import { hash256Pair } from "./hash/index.js";

/** Merkle trees over 32-byte hashes in wire order (spec/01 §5). */
export class MerkleError extends P2PoolError<{ code: "MERKLE_INDEX_TOO_LARGE" }> {}

const ZERO_HASH = new Uint8Array(32);

/** The root; 32 zero bytes for an empty list. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return ZERO_HASH.slice();
  let level = leaves;
  while (level.length > 1) level = nextLevel(level);
  return level[0]!;
}

function nextLevel(level: readonly Uint8Array[]): Uint8Array[] {
  const next: Uint8Array[] = [];
  for (let i = 0; i < level.length; i += 2) next.push(hash256Pair(level[i]!, level[i + 1] ?? level[i]!));
  return next;
}

/**
 * The siblings of leaf `index`, from the leaf up. A null leaf is one not known yet and counts as zeros; the branch of
 * index 0 does not depend on leaf 0. @throws RangeError if there is no such leaf.
 */
export function merkleBranch(leaves: readonly (Uint8Array | null)[], index: number): Uint8Array[] {
  if (index < 0 || index >= leaves.length) throw new RangeError(`no leaf ${index} among ${leaves.length}`);
  const branch: Uint8Array[] = [];
  let level: readonly Uint8Array[] = leaves.map((leaf) => leaf ?? ZERO_HASH);
  for (let i = index; level.length > 1; i >>= 1) {
    branch.push(level[i ^ 1] ?? level[i]!);
    level = nextLevel(level);
  }
  return branch;
}

/** The root that follows from a leaf and its branch. @throws MerkleError if the index needs a longer branch. */
export function merkleApply(leaf: Uint8Array, branch: readonly Uint8Array[], index = 0): Uint8Array {
  if (index >= 2 ** branch.length) {
    throw new MerkleError(`index ${index} is too large for a branch of ${branch.length}`, {
      code: "MERKLE_INDEX_TOO_LARGE",
    });
  }
  let hash = leaf;
  for (let level = 0; level < branch.length; level++) {
    const sibling = branch[level]!;
    hash = Math.floor(index / 2 ** level) % 2 === 1 ? hash256Pair(sibling, hash) : hash256Pair(hash, sibling);
  }
  return hash;
}
