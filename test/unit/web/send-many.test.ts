import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { seededRandom } from "../../../src/core/random.js";
import { parseCoins, scalePayouts } from "../../../src/web/classic/send-many.js";

test("coins are read exactly, and nothing else is coins", () => {
  assert.equal(parseCoins("10.5"), 1_050_000_000n);
  assert.equal(parseCoins("0.123456789"), 12_345_678n, "rounded down");
  assert.equal(parseCoins(".5"), 50_000_000n);
  assert.equal(parseCoins("1e-3"), 100_000n);
  assert.equal(parseCoins("21000000"), 2_100_000_000_000_000n);
  for (const text of ["", ".", "-1", "21000000.00000001", "1e400", "NaN", "Infinity", "0x10", "1 2", "٣"]) {
    assert.equal(parseCoins(text), null, text);
  }
});

test("the whole total is given away, to those whom a block would pay, in proportion", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ minLength: 1 }), fc.bigInt(1n, 10n ** 12n), { minKeys: 1 }),
      fc.bigInt(0n, 21n * 10n ** 14n),
      fc.bigInt(0n, 10n ** 10n),
      fc.integer(),
      (payouts, total, threshold, seed) => {
        const all = new Map(Object.entries(payouts));
        const amounts = scalePayouts(all, total, threshold, seededRandom(seed));
        const given = [...amounts.values()].reduce((sum, amount) => sum + amount, 0n);
        // Where every part rounds down to nothing there is nobody to draw.
        const sum = [...all.values()].reduce((x, amount) => x + amount, 0n);
        const parts = [...all.values()].map((payout) => (payout * total) / sum);
        const isNothing = parts.every((part) => part === 0n);
        assert.equal(given, isNothing ? 0n : total);
        const pooled = parts.filter((part) => part < threshold);
        for (const [i, [address]] of [...all].entries()) {
          if (parts[i]! >= threshold) assert.ok(amounts.has(address) && amounts.get(address)! >= parts[i]!);
        }
        const winners = [...all.keys()].filter((address, i) => parts[i]! < threshold && amounts.has(address));
        assert.ok(winners.length <= 1);
        if (winners.length === 1) {
          assert.ok(amounts.get(winners[0]!)! >= pooled.reduce((x, part) => x + part, 0n), "who wins gets the pool");
        }
      },
    ),
  );
});

test("a small part wins in proportion to its size", () => {
  const payouts = new Map([
    ["big", 1_000_000n],
    ["a", 100n],
    ["b", 300n],
  ]);
  const random = seededRandom(3);
  let wins = 0;
  for (let i = 0; i < 4000; i++) if (scalePayouts(payouts, 1_000_400n, 1000n, random).has("b")) wins++;
  // Three in four: 3000 with a standard deviation of 27.
  assert.ok(Math.abs(wins - 3000) < 150, `${wins} of 4000`);
});
