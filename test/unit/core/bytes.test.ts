import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  asciiToBytes,
  bigIntToBytesBE,
  bigIntToBytesLE,
  bigIntToMinimalBytesBE,
  binaryStringToBytes,
  bytesToBigIntBE,
  bytesToBigIntLE,
  bytesToBinaryString,
  bytesToHex,
  concatBytes,
  hashToHex,
  hexToBytes,
  hexToHash,
  tryHexToBytes,
} from "../../../src/core/bytes.js";

const bytes = fc.uint8Array({ maxLength: 64 });
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe("bytes", () => {
  test("hex is what Node makes of it, in either case", () => {
    fc.assert(
      fc.property(bytes, (value) => {
        const hex = Buffer.from(value).toString("hex");
        assert.equal(bytesToHex(value), hex);
        assert.deepEqual(hexToBytes(hex.toUpperCase()), value);
      }),
    );
  });

  test("text that is no hex is refused", () => {
    for (const text of ["0", "0g", "zz", " 0", "é0", "0x00"]) {
      assert.equal(tryHexToBytes(text), null);
      assert.throws(() => hexToBytes(text), RangeError);
    }
    assert.throws(() => hexToHash("00"), RangeError);
  });

  test("the display form of a hash is the reversed bytes", () => {
    fc.assert(
      fc.property(hash, (value) => {
        assert.equal(hashToHex(value), bytesToHex(value.slice().reverse()));
        assert.deepEqual(hexToHash(hashToHex(value)), value);
      }),
    );
  });

  test("integers come back from their bytes", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }), (value) => {
        assert.equal(bytesToBigIntLE(bigIntToBytesLE(value, 32)), value);
        assert.equal(bytesToBigIntBE(bigIntToBytesBE(value, 32)), value);
        const minimal = bigIntToMinimalBytesBE(value);
        assert.equal(bytesToBigIntBE(minimal), value);
        assert.notEqual(minimal[0], 0);
      }),
    );
    assert.throws(() => bigIntToBytesLE(256n, 1), RangeError);
    assert.throws(() => bigIntToBytesLE(-1n, 1), RangeError);
  });

  test("text and bytes", () => {
    fc.assert(fc.property(bytes, (value) => assert.deepEqual(binaryStringToBytes(bytesToBinaryString(value)), value)));
    assert.deepEqual(asciiToBytes("aZ"), Uint8Array.of(97, 90));
    assert.throws(() => asciiToBytes("é"), RangeError);
  });

  test("concatenation", () => {
    fc.assert(
      fc.property(fc.array(bytes), (parts) => {
        assert.deepEqual(concatBytes(...parts), Uint8Array.from(Buffer.concat(parts)));
      }),
    );
  });
});
