import assert from "node:assert/strict";
import { test } from "node:test";
import { chanceOfSoFew, LuckCounter } from "../../../src/stats/luck.js";

test("luck: the chance of so few blocks", () => {
  const near = (value: number, expected: number): void => assert.ok(Math.abs(value / expected - 1) < 1e-6, `${value}`);
  near(chanceOfSoFew({ expected: 7, found: 0 }), Math.exp(-7));
  near(chanceOfSoFew({ expected: 2, found: 2 }), 5 * Math.exp(-2));
  assert.equal(chanceOfSoFew({ expected: 0, found: 0 }), 1);
  // About half where as many were found as expected, however many that is.
  const many = chanceOfSoFew({ expected: 5_000, found: 5_000 });
  assert.ok(many > 0.5 && many < 0.51, `${many}`);
  assert.ok(chanceOfSoFew({ expected: 5_000, found: 4_500 }) < 1e-10);
});

test("luck: counted for the pool and for addresses with much work, and kept", () => {
  const counter = new LuckCounter();
  for (let i = 0; i < 1_000; i++) counter.share(`small ${i}`, 0.001, false);
  for (let i = 0; i < 50; i++) counter.share("large", 0.5, i % 10 === 0);
  const [pool, first, ...others] = counter.list();
  assert.deepEqual([pool!.address, pool!.found, Math.round(pool!.expected)], [null, 5, 26]);
  assert.deepEqual(first, { address: "large", expected: 25, found: 5 });
  assert.equal(others.length, 99);
  const again = new LuckCounter();
  again.restore(JSON.parse(JSON.stringify(counter.save())));
  assert.deepEqual(again.list(), counter.list());
  again.restore([["x"], 7, [null, -1, 2], ["y", Number.NaN, 0]]);
  assert.deepEqual(again.list(), counter.list());
});
