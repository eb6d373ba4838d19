import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { bytesToBigIntLE } from "../../../src/core/bytes.js";
import {
  attemptsToTarget,
  bitsToHex,
  bitsToTarget,
  clip,
  difficultyToTarget,
  hashToDifficulty,
  MAX_256,
  targetToAttempts,
  targetToBits,
  targetToDifficulty,
} from "../../../src/core/compact.js";

const target = fc.nat(256).chain((bits) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n }));

describe("compact bits (spec/01 §3)", () => {
  test("encoding is idempotent and rounds down", () => {
    fc.assert(
      fc.property(target, (value) => {
        const bits = targetToBits(value);
        const represented = bitsToTarget(bits);
        assert.ok(represented <= value);
        assert.equal(targetToBits(represented), bits);
        // The next value up is above the target: nothing closer is representable below it.
        assert.ok(value === represented || (value - represented) * 0x8000n < value);
      }),
    );
  });

  test("table of spec/01 §11: encoding", () => {
    const table: [bigint, string][] = [
      [0n, "00000000"],
      [1n, "01010000"],
      [0x7fn, "017f0000"],
      [0x80n, "02008000"],
      [0xffn, "0200ff00"],
      [0x7fffn, "027fff00"],
      [0x8000n, "03008000"],
      [0xffffn, "0300ffff"],
      [0x800000n, "04008000"],
      [0x12345678n, "04123456"],
      [0x92345678n, "05009234"],
      [0x123456789abcdefn, "08012345"],
      [2n ** 224n - 1n, "1d00ffff"],
      [2n ** 236n - 1n, "1e0fffff"],
      [2n ** 256n / 20n - 1n, "200ccccc"],
      [2n ** 255n - 1n, "207fffff"],
      [2n ** 256n - 1n, "2100ffff"],
    ];
    for (const [value, bits] of table) assert.equal(bitsToHex(targetToBits(value)), bits);
  });

  test("table of spec/01 §11: decoding, attempts, and bits that no encoder makes", () => {
    const table: [number, bigint, bigint, string][] = [
      [0x1d00ffff, 0xffffn << 208n, 4295032833n, "1d00ffff"],
      [0x1b0404cb, 0x404cbn << 192n, 70040908352512n, "1b0404cb"],
      [0x207fffff, 0x7fffffn << 232n, 2n, "207fffff"],
      [0x2100ffff, 0xffffn << 240n, 1n, "2100ffff"],
      [0x04923456, 0x92345600n, 2n ** 256n / 0x92345601n, "05009234"],
      [0x01123456, 0x12n, 2n ** 256n / 0x13n, "01120000"],
      [0x03800000, 0x800000n, 2n ** 256n / 0x800001n, "04008000"],
      [0x00123456, 0n, 2n ** 256n, "00000000"],
    ];
    for (const [bits, value, attempts, again] of table) {
      assert.equal(bitsToTarget(bits), value);
      assert.equal(targetToAttempts(value), attempts);
      assert.equal(bitsToHex(targetToBits(value)), again);
    }
  });

  test("a target may exceed 2^256, and then takes no attempts", () => {
    assert.equal(targetToAttempts(bitsToTarget(0xff7fffff)), 0n);
    assert.equal(targetToAttempts(MAX_256), 1n);
  });

  test("difficulty and attempts as in spec/01 §11 and spec/10 §1", () => {
    assert.equal(targetToDifficulty(0xffffn << 208n), 1);
    assert.equal(targetToDifficulty(2n ** 224n - 1n), 0.9999847412109375);
    assert.equal(difficultyToTarget(1), 0xffffn << 208n);
    assert.equal(difficultyToTarget(65536), 0xffffn << 192n);
    assert.equal(difficultyToTarget(0), MAX_256);
    assert.ok(difficultyToTarget(1000).toString(16).padStart(64, "0").startsWith("00000000004188f5c28f5c28"));
    assert.ok(attemptsToTarget(1000).toString(16).padStart(64, "0").startsWith("004189374bc6a7"));
    assert.equal(attemptsToTarget(1n), MAX_256);
    assert.equal(attemptsToTarget(2n ** 256n), 0n);
    assert.equal(attemptsToTarget(2n ** 300n), 0n);
  });

  test("a target of so many attempts takes that many", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 100n }), (attempts) => {
        const back = targetToAttempts(attemptsToTarget(attempts));
        assert.ok(back === attempts || back === attempts - 1n);
      }),
    );
  });

  test("neither NaN nor infinity nor anything negative gets through", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
      assert.throws(() => difficultyToTarget(value), RangeError);
      assert.throws(() => attemptsToTarget(value), RangeError);
    }
    assert.throws(() => attemptsToTarget(0n), RangeError);
    fc.assert(
      fc.property(fc.double({ min: Number.MIN_VALUE, noNaN: true, noDefaultInfinity: true }), (difficulty) => {
        const value = difficultyToTarget(difficulty);
        assert.ok(value >= 0n && value <= MAX_256);
      }),
    );
  });

  test("clip", () => {
    assert.deepEqual([clip(1n, 2n, 3n), clip(4n, 2n, 3n), clip(2n, 2n, 3n)], [2n, 3n, 2n]);
  });
});

test("the difficulty of a hash is that of the target it would just meet", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (hash) => {
      const exact = targetToDifficulty(bytesToBigIntLE(hash));
      assert.ok(Math.abs(hashToDifficulty(hash) - exact) <= 1e-9 * exact);
    }),
  );
  assert.ok(Number.isFinite(hashToDifficulty(new Uint8Array(32))));
});
