import assert from "node:assert/strict";
import { test } from "node:test";
import { describeMovement, type KeptRow, movement, together } from "../../bench/support/compare.js";

function row(...runs: number[]): KeptRow {
  return together(runs.map((value) => [{ what: "a", value, unit: "ms" }]))[0]!;
}

test("several runs of a bench become their medians", () => {
  const runs = [3, 9, 4].map((value) => [
    { what: "a", value, unit: "ms", note: "below 5" },
    { what: "b", value: 2 * value, unit: "ms" },
  ]);
  assert.deepEqual(together(runs), [
    { what: "a", value: 4, unit: "ms", note: "below 5", runs: [3, 9, 4] },
    { what: "b", value: 8, unit: "ms", runs: [6, 18, 8] },
  ]);
  assert.deepEqual(together([[{ what: "a", value: 1, unit: "" }], []]), []);
});

test("what differs by less than the runs of either side is noise", () => {
  const moves = (before: KeptRow, now: KeptRow): boolean | null => movement(before, now, false).moved;
  assert.equal(moves(row(10, 11, 12), row(11, 12, 12.5)), false);
  assert.equal(moves(row(10, 11, 12), row(14, 14, 15)), true);
  assert.equal(moves(row(10, 10, 10), row(11, 14, 20)), false, "the later runs differ by as much");
  assert.equal(moves(row(14, 14, 15), row(10, 11, 12)), true);
  assert.equal(moves(row(10), row(20, 20, 20)), null);
  assert.equal(describeMovement(movement(row(10, 10, 10), row(15, 15, 16), false)), "+50.0 % MOVED");
  assert.equal(describeMovement(movement(row(10, 11, 12), row(10, 10.5, 12), false)), "-4.5 % (noise)");
  assert.equal(describeMovement(movement(row(10), row(20), false)), "+100.0 % (too few runs to tell)");
});

test("a count moves by one", () => {
  assert.deepEqual(movement(row(100), row(101), true), { percent: 1, moved: true });
  assert.deepEqual(movement(row(0), row(0), true), { percent: 0, moved: false });
  assert.equal(movement(row(0), row(4), true).moved, true);
});
