import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { amountOfJson } from "../../../src/daemon/rpc/amounts.js";
import { AmountError, amountParam, formatAmount, parseAmount, reverseHashHex } from "../../../src/daemon/rpc/index.js";

describe("amounts (spec/14 §7)", () => {
  const ofJson: [string, bigint][] = [
    ["0.1", 10_000_000n],
    ["1e-8", 1n],
    ["12.50000000", 1_250_000_000n],
    ["-0.00000001", -1n],
    ["2.1E+7", 2_100_000_000_000_000n],
    ["20999999.99999999", 2_099_999_999_999_999n],
    ["90071992.54740993", 9_007_199_254_740_993n],
    ["0", 0n],
    ["0.000000010", 1n],
    ["1.000000000000", 100_000_000n],
    ["100e-10", 1n],
    ["0e5", 0n],
  ];
  for (const [text, expected] of ofJson)
    test(`${text} is ${expected}`, () => assert.equal(amountOfJson(text), expected));

  for (const text of ["0.000000001", "1e-9", "1.123456789", "NaN", "Infinity", "1e31", "1e-31", "", "x"]) {
    test(`${text} is none`, () => assert.throws(() => amountOfJson(text), AmountError));
  }

  test("text and satoshi convert into each other without loss", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 27n), max: 10n ** 27n }), (amount) => {
        for (const trim of [true, false]) {
          const text = formatAmount(amount, { trim });
          assert.equal(amountOfJson(text), amount);
          assert.equal(parseAmount(text, { allowNegative: true, max: 10n ** 27n }), amount);
        }
        assert.equal(amountParam(amount).text, formatAmount(amount));
      }),
    );
    assert.deepEqual([formatAmount(150_000_000n), formatAmount(123n)], ["1.50000000", "0.00000123"]);
    assert.deepEqual([formatAmount(150_000_000n, { trim: true }), formatAmount(0n, { trim: true })], ["1.5", "0"]);
  });

  test("users write digits and a point, nothing else", () => {
    assert.equal(parseAmount("1.5"), 150_000_000n);
    assert.equal(parseAmount("21000000"), 2_100_000_000_000_000n);
    for (const text of ["-1", "1e3", "1,000", "1.", ".5", "21000000.00000001", "1.123456789", " 1", ""]) {
      assert.throws(() => parseAmount(text), AmountError, text);
    }
  });

  test("a hash is written from its last byte on", () => assert.equal(reverseHashHex("0102ff"), "ff0201"));
});
