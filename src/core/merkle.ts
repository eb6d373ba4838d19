import { P2PoolError } from "./errors.js";
import { hash256Branch, hash256Node, hash256Pair } from "./hash/index.js";

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

/** A tree from the leaves up: for each level its nodes in a row, 32 bytes each. */
export type MerkleTree = readonly Uint8Array[];

const NODE = 32;

/**
 * The tree over leaves of which the first is not known yet, with a pause after every so many hashes. What is left of its
 * first leaf does not mean anything.
 */
export function* merkleTreeInSteps(others: readonly Uint8Array[], hashes: number): Generator<void, MerkleTree> {
  let level = new Uint8Array(NODE * (1 + others.length));
  for (let i = 0; i < others.length; i++) level.set(others[i]!, NODE * (i + 1));
  const tree = [level];
  for (let done = 0; level.length > NODE; ) {
    const next = new Uint8Array(NODE * Math.ceil(level.length / (2 * NODE)));
    for (let left = 0; left < level.length; left += 2 * NODE) {
      hash256Node(level, left, Math.min(left + NODE, level.length - NODE), next, left / 2);
      if (++done % hashes === 0) yield;
    }
    tree.push(next);
    level = next;
  }
  return tree;
}

/** Of a whole tree. */
export function rootOfTree(tree: MerkleTree): Uint8Array {
  return tree.at(-1)!;
}

/**
 * The branch of leaf 0 among the first `count` leaves of a tree: only the last node of each level is another one than in the
 * whole tree, so that this takes a hash a level.
 */
export function branchOfFirst(tree: MerkleTree, count: number): Uint8Array[] {
  const branch: Uint8Array[] = [];
  let last = nodeOf(tree[0]!, count - 1);
  for (let length = count, height = 0; length > 1; height++) {
    const level = tree[height]!;
    const node = (i: number): Uint8Array => (i === length - 1 ? last : nodeOf(level, i));
    branch.push(node(1));
    const isOdd = length % 2 === 1;
    last = hash256Pair(node(isOdd ? length - 1 : length - 2), last);
    length = Math.ceil(length / 2);
  }
  return branch;
}

/** A copy: what is kept of a tree would keep all of it. */
function nodeOf(level: Uint8Array, index: number): Uint8Array {
  return level.slice(NODE * index, NODE * (index + 1));
}

/** What a computation in steps comes to, without the pauses. */
export function finish<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The root that follows from a leaf and its branch. @throws MerkleError if the index needs a longer branch. */
export function merkleApply(leaf: Uint8Array, branch: readonly Uint8Array[], index = 0): Uint8Array {
  if (index >= 2 ** branch.length) {
    throw new MerkleError(`index ${index} is too large for a branch of ${branch.length}`, {
      code: "MERKLE_INDEX_TOO_LARGE",
    });
  }
  return branch.length === 0 ? leaf : hash256Branch(leaf, branch, index);
}
