import assert from "node:assert/strict";
import { test } from "node:test";
import { Histogram } from "../../../src/core/histogram.js";

test("values are counted below the bounds that they do not exceed", () => {
  const histogram = new Histogram([1, 10]);
  for (const value of [0, 1, 1.5, 10, 11, 1000]) histogram.observe(value);
  assert.deepEqual(histogram.cumulative, [2, 4]);
  assert.deepEqual([histogram.count, histogram.sum], [6, 1023.5]);
});

test("what is taken from one and added to another is counted once", () => {
  const [here, there] = [new Histogram([1, 10]), new Histogram([1, 10])];
  there.observe(5);
  here.observe(0.5);
  here.add(there.take());
  here.add(there.take());
  there.observe(50);
  here.add(there.take());
  assert.deepEqual([here.cumulative, here.count, here.sum], [[1, 2], 3, 55.5]);
  assert.deepEqual([there.count, there.sum], [0, 0]);
});
