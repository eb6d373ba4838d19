import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  AuxpowError,
  type AuxpowProof,
  auxpowCommitment,
  auxpowPaths,
  auxpowProof,
  auxpowTree,
} from "../../../src/bitcoin/auxpow.js";
import type { BlockHash } from "../../../src/bitcoin/block.js";
import { bytesToHex, hexToBytes } from "../../../src/core/bytes.js";
import { CodecError, decode, encode } from "../../../src/core/codec.js";
import { merkleApply, merkleRoot } from "../../../src/core/merkle.js";

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe("merged mining (spec/01 §10)", () => {
  test("the slots of spec/01 §11", () => {
    const { size, slots } = auxpowTree([1, 5, 7]);
    assert.equal(size, 8);
    assert.deepEqual(Object.fromEntries(slots), { 7: 1, 1: 3, 5: 7 });
  });

  test("every chain has a slot of its own, in a tree no larger than needed", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(5000), { maxLength: 10 }), (ids) => {
        const { size, slots } = auxpowTree(ids);
        assert.equal(new Set(slots.values()).size, ids.length);
        assert.ok([...slots.values()].every((slot) => slot >= 0 && slot < size));
        assert.equal(Math.log2(size) % 1, 0);
      }),
    );
  });

  test("chains that cannot be told apart are refused", () => {
    assert.throws(() => auxpowTree([3, 3]), AuxpowError);
    assert.throws(() => auxpowTree([1, 1 + 2 ** 30]), AuxpowError);
    assert.equal(auxpowTree([1, 1 + 2 ** 29]).size, 2 ** 30);
  });

  test("roots and branches are those of the whole tree", () => {
    fc.assert(
      fc.property(fc.nat(5), fc.array(fc.tuple(fc.nat(), hash), { maxLength: 6 }), (depth, taken) => {
        const size = 2 ** depth;
        const leaves = new Map(taken.map(([place, leaf]) => [place % size, leaf]));
        const all = Array.from({ length: size }, (_, i) => leaves.get(i) ?? new Uint8Array(32));
        const { root, branches } = auxpowPaths(size, leaves);
        assert.deepEqual(root, merkleRoot(all));
        for (const [slot, leaf] of leaves) {
          const branch = branches.get(slot)!;
          assert.equal(branch.length, depth);
          assert.deepEqual(merkleApply(leaf, branch, slot), root);
        }
      }),
    );
  });

  test("the largest tree costs no more than its chains", () => {
    const leaf = new Uint8Array(32).fill(1);
    const { root, branches } = auxpowPaths(2 ** 30, new Map([[12345, leaf]]));
    assert.deepEqual(merkleApply(leaf, branches.get(12345)!, 12345), root);
  });

  test("the commitment has 44 bytes with the root big-endian", () => {
    const merkleRoot = Uint8Array.from({ length: 32 }, (_, i) => i);
    const bytes = auxpowCommitment({ merkleRoot, size: 8, nonce: 0 });
    assert.equal(bytesToHex(bytes), `fabe6d6d${bytesToHex(Uint8Array.from(merkleRoot).reverse())}0800000000000000`);
    assert.equal(merkleRoot[0], 0);
  });

  test("proofs come back from their bytes", () => {
    const proof: AuxpowProof = {
      coinbase: {
        transaction: {
          version: 1,
          inputs: [{ previousOutput: null, script: hexToBytes("51"), sequence: 0xffffffff }],
          outputs: [{ value: 1n, script: hexToBytes("51") }],
          lockTime: 0,
        },
        blockHash: new Uint8Array(32).fill(2),
        link: { branch: [new Uint8Array(32).fill(3)], index: 0 },
      },
      chainLink: { branch: [new Uint8Array(32).fill(4), new Uint8Array(32).fill(5)], index: 3 },
      parentHeader: {
        version: 0x20000000,
        previousBlock: "ab".repeat(32) as BlockHash,
        merkleRoot: new Uint8Array(32).fill(6),
        timestamp: 1,
        bits: 0x1d00ffff,
        nonce: 9,
      },
    };
    const bytes = encode(auxpowProof, proof);
    assert.deepEqual(decode(auxpowProof, bytes), proof);
    assert.throws(() => decode(auxpowProof, bytes.subarray(1)), CodecError);
  });
});
