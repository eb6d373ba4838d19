import assert from "node:assert/strict";
import { test } from "node:test";
import { efficiency, proportion } from "../../../src/stats/confidence.js";

/** As the reference writes it. */
function format(found: ReturnType<typeof proportion>): string {
  if (found === null) return "???";
  return `~${(100 * found.value).toFixed(1)}% (${Math.floor(100 * found.low)}-${Math.ceil(100 * found.high)}%)`;
}

test("test values of spec/08 §8.5 and spec/13 §7", () => {
  const rows: readonly (readonly [hits: number, trials: number, text: string, mapped: string | null])[] = [
    [0, 0, "???", null],
    [0, 1, "~0.0% (0-80%)", "~105.3% (21-106%)"],
    [0, 10, "~0.0% (0-28%)", null],
    [3, 20, "~15.0% (5-37%)", "~89.5% (67-100%)"],
    [50, 1000, "~5.0% (3-7%)", "~100.0% (98-102%)"],
    [1, 1, "~100.0% (20-100%)", null],
    [3, 40, "~7.5% (2-20%)", null],
  ];
  for (const [hits, trials, text, mapped] of rows) {
    assert.equal(format(proportion(hits, trials)), text);
    if (mapped !== null) assert.equal(format(efficiency(hits, trials, 0.05)), mapped);
  }
});
