import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Script, ScriptNum } from "@scure/btc-signer/script.js";
import fc from "fast-check";
import { bip34Height, countSignatureOperations, pushScript, readScript } from "../../../src/bitcoin/script.js";
import { bytesToHex, concatBytes, hexToBytes } from "../../../src/core/bytes.js";

const integer = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });

describe("scripts (spec/01 §9)", () => {
  test("integers of spec/01 §11", () => {
    const table: [bigint, string][] = [
      [0n, "00"],
      [1n, "51"],
      [16n, "60"],
      [17n, "0111"],
      [127n, "017f"],
      [128n, "028000"],
      [255n, "02ff00"],
      [256n, "020001"],
      [-1n, "4f"],
      [-5n, "0185"],
      [-128n, "028080"],
      [-255n, "02ff80"],
      [500000n, "0320a107"],
      [840000n, "0340d10c"],
      [8388608n, "0400008000"],
    ];
    for (const [value, hex] of table) assert.equal(bytesToHex(pushScript([value])), hex, String(value));
    const strings: [string, string][] = [
      ["", "00"],
      ["61", "0161"],
      ["616263", "03616263"],
    ];
    for (const [data, hex] of strings) assert.equal(bytesToHex(pushScript([hexToBytes(data)])), hex);
  });

  test("integers are an independent library's script numbers", () => {
    fc.assert(
      fc.property(
        integer.filter((value) => value < -1n || value > 16n),
        (value) => assert.deepEqual(pushScript([value]).subarray(1), ScriptNum(8).encode(value)),
      ),
    );
  });

  test("pushes of any length are read back, here and there", () => {
    const data = fc.oneof(
      fc.uint8Array({ minLength: 2, maxLength: 80 }),
      fc.constantFrom(75, 76, 255, 256, 520).map((length) => new Uint8Array(length).fill(7)),
    );
    fc.assert(
      fc.property(fc.array(data, { minLength: 1 }), (items) => {
        const script = pushScript(items);
        const { operations, rest } = readScript(script);
        assert.deepEqual(
          operations.map((operation) => operation.data),
          items,
        );
        assert.equal(rest.length, 0);
        assert.deepEqual(Script.decode(script), items);
      }),
    );
    const long = new Uint8Array(70_000);
    assert.equal(bytesToHex(pushScript([long]).subarray(0, 5)), "4e70110100");
    assert.deepEqual(readScript(pushScript([long])).operations[0]!.data, long);
    assert.equal(bytesToHex(pushScript([long.subarray(0, 0xffff)]).subarray(0, 3)), "4dffff");
  });

  test("any bytes are read to their end, without an error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (script) => {
        const { operations, rest } = readScript(script);
        const length = operations.reduce((sum, { opcode, data }) => sum + operationLength(opcode, data), 0);
        assert.deepEqual(script.subarray(length), rest);
      }),
    );
  });

  test("small integers push a byte", () => {
    const { operations } = readScript(hexToBytes("004f5160ac"));
    assert.deepEqual(
      operations.map(({ data }) => (data === null ? null : bytesToHex(data))),
      ["", "81", "01", "10", null],
    );
  });

  test("an unfinished push is left as the rest", () => {
    for (const hex of ["05aabb", "4c", "4c02aa", "4d01", "4e000000", "4effffffff00"]) {
      const { operations, rest } = readScript(hexToBytes(`51${hex}`));
      assert.equal(operations.length, 1);
      assert.equal(bytesToHex(rest), hex);
    }
  });

  test("signature operations and their weights", () => {
    assert.equal(countSignatureOperations(hexToBytes("acadaeaf")), 42);
    assert.equal(countSignatureOperations(hexToBytes("03acacac51")), 0);
    assert.equal(countSignatureOperations(hexToBytes(`76a914${"ac".repeat(20)}88ac`)), 1);
    assert.equal(countSignatureOperations(new Uint8Array(0)), 0);
  });

  test("heights come back, but for those that are a single opcode", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 17n, max: 2n ** 40n }), fc.uint8Array({ maxLength: 20 }), (height, rest) => {
        assert.equal(bip34Height(concatBytes(pushScript([height]), rest)), height);
      }),
    );
    for (const hex of ["", "51", "60", "4f", "00", "03aabb", "ac"]) assert.equal(bip34Height(hexToBytes(hex)), null);
  });
});

function operationLength(opcode: number, data: Uint8Array | null): number {
  if (data === null || opcode > 0x4e) return 1;
  return 1 + (opcode < 0x4c ? 0 : 2 ** (opcode - 0x4c)) + data.length;
}
