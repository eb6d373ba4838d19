import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bitsToTarget, MAX_256, targetToAttempts, targetToBits } from "../../../src/core/compact.js";
import { NodeRate, RateMonitor } from "../../../src/work/rates.js";
import { desiredShareTarget, quantizeTarget, type ShareTargetInputs } from "../../../src/work/share-target.js";

const BITCOIN: ShareTargetInputs = {
  wantedDifficulty: null,
  addressRate: null,
  punish: false,
  poolRate: null,
  sharePeriod: 30,
  spread: 3,
  dustThreshold: 100_000n,
  blockTarget: bitsToTarget(0x17034219),
  subsidy: 312_500_000n,
  donationPercent: 0,
};

describe("share target (spec/10 §8.4)", () => {
  test("an unknown miner gets the easiest", () => assert.equal(desiredShareTarget(BITCOIN), MAX_256));

  test("a wish of the user name counts alone", () => {
    const target = desiredShareTarget({ ...BITCOIN, wantedDifficulty: 1000, addressRate: 1e18 });
    assert.equal(targetToAttempts(target) / 2n ** 32n, 1000n);
  });

  test("check values: a big miner, and a tiny one of a pool that is known", () => {
    assert.equal(targetToBits(desiredShareTarget({ ...BITCOIN, addressRate: 1e15 })), 0x190a44c8);
    const tiny = { ...BITCOIN, addressRate: 1, poolRate: 1e15 };
    assert.equal(targetToBits(desiredShareTarget(tiny)), 0x180d41f3);
  });

  test("a miner above the dust threshold is left alone", () => {
    const target = desiredShareTarget({ ...BITCOIN, addressRate: 1e12, poolRate: 1e15 });
    assert.equal(targetToAttempts(target) > 0n && targetToBits(target) === 0x180d41f3, false);
  });

  test("quantised targets are few, and never harder than asked for", () => {
    const easiest = 2n ** 224n - 1n;
    const hardest = easiest / 30n;
    const seen = new Set<bigint>();
    for (let i = 0; i <= 1000; i++) {
      const target = hardest + ((easiest - hardest) * BigInt(i)) / 1000n;
      const quantised = quantizeTarget(target, easiest, hardest);
      assert.ok(quantised >= target || targetToBits(quantised) === targetToBits(target));
      assert.ok(quantised <= easiest + easiest / 1_000_000n);
      seen.add(quantised);
    }
    assert.ok(seen.size <= 33, `${seen.size} different targets`);
    assert.deepEqual(
      [quantizeTarget(MAX_256, easiest, hardest), quantizeTarget(0n, easiest, hardest)],
      [easiest, hardest],
    );
  });
});

describe("rate monitor", () => {
  test("knows nothing in its first minute, then the window's work per second", () => {
    const rates = new RateMonitor(600, 1000);
    rates.add(1001, "a", 600n);
    assert.equal(rates.rate("a", 1059), null);
    assert.equal(rates.rate("a", 1060), 10);
    assert.equal(rates.rate("b", 1060), 0);
    rates.add(1300, "a", 600n);
    assert.equal(rates.rate("a", 1600), 2);
    assert.equal(rates.rate("a", 1602), 1);
    assert.equal(rates.rate("a", 5000), 0);
  });

  test("with many entries those of a key are joined, and its rate stays what it is within a sixtieth", () => {
    const rates = new RateMonitor(600, 0, { single: 10, most: 1000 });
    for (let at = 0; at < 2000; at++) {
      for (const key of ["a", "b", "c"]) rates.add(at, key, key === "a" ? 50n : 1n);
      if (at < 600) continue;
      const expected = [50, 1, 0];
      for (const [i, key] of ["a", "b", "d"].entries()) {
        const rate = rates.rate(key, at)!;
        assert.ok(rate <= 1.002 * expected[i]! && rate >= expected[i]! * (59 / 60) - 0.01, `${key}: ${rate}`);
      }
    }
    assert.equal(rates.rate("a", 9999), 0);
  });

  test("with more entries than are kept the window is shorter, and rates are no lower", () => {
    const rates = new RateMonitor(600, 0, { single: 1e9, most: 1000 });
    for (let at = 0; at < 1200; at++) for (let i = 0; i < 10; i++) rates.add(at, `key${i}`, 7n);
    const rate = rates.rate("key3", 1200)!;
    assert.ok(Math.abs(rate - 7) < 0.2, `${rate}`);
    for (let i = 0; i < 1000; i++) rates.add(1200, "flood", 1n);
    assert.equal(rates.rate("flood", 1230), null, "too young again");
    assert.ok(Math.abs(rates.rate("flood", 1300)! - 10) < 0.1);
  });

  test("the node's rate: over its last fifty solutions, the first of which only starts the clock", () => {
    const node = new NodeRate();
    for (let i = 0; i < 49; i++) node.add(i, 10n);
    assert.equal(node.rate(), null);
    node.add(49, 59n);
    assert.equal(node.rate(), Math.floor((48 * 10 + 59) / 49));
    for (let i = 0; i < 50; i++) node.add(100, 10n);
    assert.equal(node.rate(), null, "no time between them");
  });
});
