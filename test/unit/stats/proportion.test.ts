import assert from "node:assert/strict";
import { test } from "node:test";
import { proportionBounds } from "../../../src/stats/proportion.js";

test("Wilson bounds are those of spec/08 §8.5", () => {
  const percents = (x: number, n: number): number[] => {
    const { low, high } = proportionBounds(x, n);
    return [Math.floor(100 * low), Math.ceil(100 * high)];
  };
  assert.deepEqual(
    [percents(0, 1), percents(0, 10), percents(3, 20), percents(50, 1000), percents(1, 1), percents(3, 40)],
    [
      [0, 80],
      [0, 28],
      [5, 37],
      [3, 7],
      [20, 100],
      [2, 20],
    ],
  );
  assert.deepEqual(proportionBounds(0, 0), { low: 0, high: 1 });
});
