import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AuxWorkError, type AuxWorkErrorCode, readAuxWork } from "../../../../src/daemon/merged/aux-work.js";
import type { AuxBlock } from "../../../../src/daemon/rpc/index.js";

const HASH = "AB".repeat(32);
/** Bits 1e0fffff as a target, in the usual writing and reversed. */
const BIG_ENDIAN = `00000fffff${"0".repeat(54)}`;
const LITTLE_ENDIAN = `${"0".repeat(54)}ffff0f0000`;

function answer(changes: Partial<AuxBlock> = {}): AuxBlock {
  return { hash: HASH, chainid: 98, _target: LITTLE_ENDIAN, ...changes };
}

describe("work of a merged chain (spec/07 §12.2)", () => {
  test("the target is written in reverse, under either name", () => {
    const target = BigInt(`0x${BIG_ENDIAN}`);
    const expected = { chainId: 98, hash: HASH.toLowerCase(), target, previousBlock: null, height: null, value: null };
    assert.deepEqual(readAuxWork(answer()), expected);
    const { _target: reversed, ...rest } = answer();
    assert.deepEqual(readAuxWork({ ...rest, target: reversed }), expected);
    assert.deepEqual(readAuxWork(answer({ previousblockhash: "CD".repeat(32) })), {
      ...expected,
      previousBlock: "cd".repeat(32),
    });
    const { height, value } = readAuxWork(answer({ height: 7, coinbasevalue: 5_000_000_000 }));
    assert.deepEqual([height, value], [7, 5_000_000_000n]);
  });

  test("bits win, and either order beside them is right", () => {
    const target = BigInt(`0x${BIG_ENDIAN}`);
    for (const bits of ["1e0fffff", 0x1e0fffff]) {
      for (const _target of [LITTLE_ENDIAN, BIG_ENDIAN, undefined, "garbage"]) {
        assert.equal(readAuxWork(answer({ bits, _target })).target, target);
      }
    }
  });

  test("p2pool stands for the share target", () => {
    assert.equal(readAuxWork(answer({ _target: "p2pool", bits: "1e0fffff" })).target, "share");
  });

  const faults: [string, Partial<AuxBlock>, AuxWorkErrorCode, string][] = [
    ["no target at all", { _target: undefined }, "AUX_TARGET", "_target"],
    ["a short target", { target: "ff" }, "AUX_TARGET", "target"],
    ["no work asked for", { _target: "00".repeat(32) }, "AUX_TARGET", "_target"],
    ["bits of no target", { bits: "00000000" }, "AUX_TARGET", "bits"],
    ["a target that is not that of bits", { bits: "1e0ffffe" }, "AUX_TARGET", "_target"],
    ["a chain below 0", { chainid: -1 }, "AUX_CHAIN_ID", "chainid"],
    ["a chain beyond 32 bits", { chainid: 2 ** 32 }, "AUX_CHAIN_ID", "chainid"],
  ];
  for (const [name, changes, code, path] of faults) {
    test(`${name}: an error that names the member`, () => {
      assert.throws(
        () => readAuxWork(answer(changes)),
        (error) => error instanceof AuxWorkError && error.code === code && error.message.startsWith(`${path}: `),
      );
    });
  }
});
