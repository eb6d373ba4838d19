import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatAgo,
  formatAmount,
  formatBytes,
  formatDifficulty,
  formatDuration,
  formatHashRate,
  formatPercent,
  formatUnit,
  shortName,
} from "../../../src/core/format.js";

test("figures as people read them", () => {
  assert.equal(formatHashRate(0), "0 H/s");
  assert.equal(formatHashRate(999), "999 H/s");
  assert.equal(formatHashRate(1_234_567), "1.23 MH/s");
  assert.equal(formatHashRate(Number.NaN), "—");
  assert.equal(formatDifficulty(4.65661e-10), "4.66e-10");
  assert.equal(formatDifficulty(1), "1");
  assert.equal(formatAmount(1n, "BTC"), "0.00000001 BTC");
  assert.equal(formatAmount(9_007_199_254_740_993n, "BTC"), "90071992.54740993 BTC");
  assert.equal(formatDuration(59.9), "59 s");
  assert.equal(formatDuration(3599), "59 min 59 s");
  assert.equal(formatDuration(86_399), "23 h 59 min");
  assert.equal(formatDuration(90_000), "1 d 1 h");
  assert.equal(formatAgo(100, 160), "1 min ago");
  assert.equal(formatAgo(100, 130), "30 s ago");
  assert.equal(formatAgo(161, 160), "now");
  assert.equal(formatAgo(null, 160), "—");
  assert.equal(formatPercent(0.5), "50.0 %");
  assert.equal(formatPercent(null), "—");
  assert.equal(formatBytes(1_500_000), "1.5 MB");
  assert.equal(formatUnit(0.034, "s"), "34 ms");
  assert.equal(formatUnit(null, "H/s"), "—");
  assert.equal(shortName("bcrt1q7549sf4eumj6he84qnae2p5q8udjyzglx9mkrc.rig.1"), "bcrt1q75…x9mkrc.rig.1");
  assert.equal(shortName("bob"), "bob");
});
