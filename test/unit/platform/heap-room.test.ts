import assert from "node:assert/strict";
import { test } from "node:test";
import { growthPercent } from "../../../src/platform/heap-room.js";

const MB = 2 ** 20;

test("64 MB are room: a small heap may grow fourfold, and a large one as V8 thinks right", () => {
  assert.deepEqual(
    [1, 10, 32, 60, 64, 128, 250, 260, 1000].map((used) => growthPercent(used * MB)),
    [300, 300, 200, 110, 100, 50, 30, 0, 0],
  );
});
