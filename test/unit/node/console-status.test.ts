import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDuration, formatInterval, formatRate } from "../../../src/node/console-status.js";
import { efficiency, proportion } from "../../../src/stats/confidence.js";

test("rates, durations and intervals as the reference prints them (spec/13 §7)", () => {
  assert.deepEqual([0, 99_999, 100_000, 123_456_789, 99_999_999_999, 4.2e18].map(formatRate), [
    "0",
    "99999",
    "100k",
    "123M",
    "99999M",
    "4200P",
  ]);
  assert.deepEqual([0, 59, 60, 61, 11_520, 86_401, 200 * 86_400, 400 * 86_400].map(formatDuration), [
    "0.0 seconds",
    "59.0 seconds",
    "60.0 seconds",
    "1.0 minutes",
    "3.2 hours",
    "1.0 days",
    "200.0 days",
    "1.1 years",
  ]);
  assert.equal(formatInterval(proportion(3, 40)), "~7.5% (2-20%)");
  assert.equal(formatInterval(proportion(0, 0)), "???");
  assert.equal(formatInterval(efficiency(3, 40, 0.1)), "~102.8% (89-109%)");
});
