import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { bigIntToBytesLE, concatBytes, hashToHex } from "../../../src/core/bytes.js";
import { hash256 } from "../../../src/core/hash/index.js";
import {
  branchOfFirst,
  finish,
  MerkleError,
  merkleApply,
  merkleBranch,
  merkleRoot,
  merkleTreeInSteps,
  rootOfTree,
} from "../../../src/core/merkle.js";

const integerLeaves = (...values: bigint[]): Uint8Array[] => values.map((value) => bigIntToBytesLE(value, 32));
const leaves = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { minLength: 1, maxLength: 40 });

/** The definition of spec/01 §5, by recursion. */
function plainRoot(level: readonly Uint8Array[]): Uint8Array {
  if (level.length === 1) return level[0]!;
  const pairs = Array.from({ length: Math.ceil(level.length / 2) }, (_, i) =>
    hash256(concatBytes(level[2 * i]!, level[2 * i + 1] ?? level[2 * i]!)),
  );
  return plainRoot(pairs);
}

describe("merkle trees (spec/01 §5)", () => {
  test("every branch leads to the root", () => {
    fc.assert(
      fc.property(leaves, fc.nat(), (list, place) => {
        const index = place % list.length;
        const root = merkleRoot(list);
        assert.deepEqual(root, plainRoot(list));
        assert.deepEqual(merkleApply(list[index]!, merkleBranch(list, index), index), root);
      }),
    );
  });

  test("the branch of leaf 0 does not depend on it", () => {
    fc.assert(
      fc.property(leaves, (list) => {
        assert.deepEqual(merkleBranch([null, ...list.slice(1)], 0), merkleBranch(list, 0));
      }),
    );
  });

  test("trees of spec/01 §11", () => {
    const three = integerLeaves(1n, 2n, 3n);
    const pair = "ff8f6e7ac7aa0bfc98af8be24ed6ae1ab243f64aaa065366b2215e697fddb64b";
    assert.equal(hashToHex(merkleRoot(three)), "e9ffb584c62449f157c8be88257bd1eebb2d8ef824f5c86b43c4f8fd9e800d6a");
    assert.equal(
      hashToHex(merkleBranch(three, 0)[1]!),
      "7c38ce69386961b6ae58e23ff1baa4a5f404f5b272538419b083b33e15b5e610",
    );
    assert.deepEqual(merkleBranch(three, 2).map(hashToHex), [hashToHex(three[2]!), pair]);
    assert.equal(hashToHex(merkleRoot(integerLeaves(1n, 2n))), pair);
    assert.equal(
      hashToHex(merkleRoot(integerLeaves(1n, 2n, 3n, 4n, 5n))),
      "e7e9205d77c0805f01f5824f6c0d90b9bd268a395350e5e5328e68889f644027",
    );
  });

  test("an index needs a branch that is long enough", () => {
    const leaf = new Uint8Array(32);
    assert.deepEqual(merkleApply(leaf, [], 0), leaf);
    assert.throws(() => merkleApply(leaf, [], 1), MerkleError);
    assert.throws(() => merkleApply(leaf, [leaf, leaf], 4), MerkleError);
    assert.throws(() => merkleBranch([leaf], 1), RangeError);
    assert.throws(() => merkleBranch([], 0), RangeError);
  });

  test("branches of the first leaf among any of the first ones come from one tree", () => {
    fc.assert(
      fc.property(leaves, fc.integer({ min: 1, max: 7 }), (others, pause) => {
        const tree = finish(merkleTreeInSteps(others, pause));
        const all = [null, ...others];
        assert.deepEqual(rootOfTree(tree), merkleRoot([new Uint8Array(32), ...others]));
        for (let count = 1; count <= all.length; count++) {
          assert.deepEqual(branchOfFirst(tree, count), merkleBranch(all.slice(0, count), 0));
        }
      }),
    );
  });
});
