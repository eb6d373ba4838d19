import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { bigIntToBytesLE, bytesToHex, concatBytes, hashToHex, hexToBytes } from "../../../src/core/bytes.js";
import {
  hash160,
  hash256,
  hash256Pair,
  hashMeetsTarget,
  powHash,
  Sha256,
  sha256,
} from "../../../src/core/hash/index.js";
import * as portable from "../../../src/core/hash/portable.js";
import { hash256Js, sha256Js } from "../../../src/core/hash/sha256.js";
import * as native from "../../../src/platform/node-hash.js";

const nodeHash = (name: string, data: Uint8Array): Uint8Array =>
  Uint8Array.from(createHash(name).update(data).digest());
/** Native functions answer with a Buffer, which is never deeply equal to plain bytes. */
const plain = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes);
const data = fc.uint8Array({ maxLength: 400 });
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe("hashes", () => {
  test("are Node's", () => {
    fc.assert(
      fc.property(data, (bytes) => {
        const once = nodeHash("sha256", bytes);
        const twice = nodeHash("sha256", once);
        for (const digest of [sha256(bytes), sha256Js(bytes)]) assert.deepEqual(plain(digest), once);
        for (const digest of [hash256(bytes), hash256Js(bytes)]) assert.deepEqual(plain(digest), twice);
        assert.deepEqual(plain(hash160(bytes)), nodeHash("ripemd160", once));
      }),
    );
    fc.assert(fc.property(hash, hash, (a, b) => assert.deepEqual(hash256Pair(a, b), hash256(concatBytes(a, b)))));
  });

  test("are the same in a browser", () => {
    const header = fc.uint8Array({ minLength: 80, maxLength: 80 });
    fc.assert(
      fc.property(header, (bytes) => {
        assert.deepEqual(portable.scryptHeader(bytes), plain(native.scryptHeader(bytes)));
        assert.deepEqual(portable.sha256(bytes), plain(native.sha256(bytes)));
        assert.deepEqual(portable.ripemd160(bytes), plain(native.ripemd160(bytes)));
      }),
      { numRuns: 5 },
    );
  });

  test("SHA-256 goes on from any split point", () => {
    fc.assert(
      fc.property(data, fc.nat(), fc.nat(), (bytes, first, second) => {
        const [low, high] = [first % (bytes.length + 1), second % (bytes.length + 1)].sort((a, b) => a - b) as [
          number,
          number,
        ];
        const begun = Sha256.create().update(bytes.subarray(0, low)).update(bytes.subarray(low, high));
        const rest = Sha256.resume(begun.exportState(), begun.length, begun.exportBuffered());
        assert.equal(begun.length, BigInt(high));
        assert.deepEqual(rest.update(bytes.subarray(high)).digest(), nodeHash("sha256", bytes));
      }),
    );
  });

  test("hash links of spec/01 §11", () => {
    const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i);
    const table: [number, string, string][] = [
      [
        100,
        "fc99a2df88f42a7a7bb9d18033cdc6a20256755f9d5b9a5044a9cc315abe84a7",
        "50e86a26db8e199f9cf6ac27c37595130ace2be6064912244b2f94ebc02f82c0",
      ],
      [
        128,
        "593253adfb4cc018be611395485e47c15a5b271dfb8da14fe8f77fb4d05eacbc",
        "fc674adee8038bca6ac58e82588709cbfa19156444684b40e14131ad6657ff9d",
      ],
    ];
    for (const [length, state, result] of table) {
      const prefix = Sha256.create().update(counting(length));
      assert.equal(bytesToHex(prefix.exportState()), state);
      const ending = counting(length).subarray(length - (length % 64));
      const link = Sha256.resume(hexToBytes(state), BigInt(length), ending).update(new Uint8Array(44).fill(0xaa));
      assert.equal(hashToHex(link.doubleDigest()), result);
    }
  });

  test("a link may claim any length, but no message has 2^64 bits", () => {
    const state = new Uint8Array(32);
    const longest = 2n ** 61n - 64n;
    assert.equal(Sha256.resume(state, longest, new Uint8Array(0)).digest().length, 32);
    assert.throws(() => Sha256.resume(state, 2n ** 61n, new Uint8Array(0)).digest(), RangeError);
    assert.throws(() => Sha256.resume(state, 65n, new Uint8Array(0)), RangeError);
    assert.throws(() => Sha256.resume(state.subarray(1), 64n, new Uint8Array(0)), RangeError);
  });

  test("comparing bytes is comparing integers", () => {
    const value = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
    fc.assert(
      fc.property(value, value, (a, b) => {
        assert.equal(hashMeetsTarget(bigIntToBytesLE(a, 32), bigIntToBytesLE(b, 32)), a <= b);
        assert.equal(hashMeetsTarget(bigIntToBytesLE(a, 32), bigIntToBytesLE(a, 32)), true);
      }),
    );
  });

  test("proof of work of the headers in spec/01 §11", () => {
    const table: [string, string, string][] = [
      [
        "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c",
        "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
        "5658d6a004e6b85edb79182966e6eec14134604075d4118b645d9c1865360559",
      ],
      [
        "0100000073009584100e64c11ee87789693ceffe1bd2cd10584d42ddc9d1136606d328d9165f399f54c51b8f46aa00b6528a3ca9b3e725e4022b184a59668ab546b6f403daba244f6fb5011d00510000",
        "dc43b379b2a4a3d9d78ec6d7add70429b7fb9b45db664fa9bc2f73a03d914e96",
        "00000001312dc20ce5aa3ee622f5562dfb2593ec51436aab739ef0d02189e18f",
      ],
    ];
    for (const [header, double, scrypt] of table) {
      assert.equal(hashToHex(powHash("sha256d", hexToBytes(header))), double);
      assert.equal(hashToHex(powHash("scrypt", hexToBytes(header))), scrypt);
    }
  });
});
