import assert from "node:assert/strict";
import { test } from "node:test";
import { type CrashFigures, CrashLife } from "./support/life.js";

/** Killings of a whole node; `CRASH_ROUNDS` in the environment makes them more. */
const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 20);
/** Of one node, on one chain. */
const ROUNDS_OF_A_LIFE = 10;
/** Nodes that live at the same time. */
const LANES = 2;

test("a node that is killed at any moment has lost nothing that others know of", {
  timeout: 60_000 + 10_000 * ROUNDS,
}, async (t) => {
  const all: CrashFigures[] = [];
  let seed = 0;
  let left = ROUNDS;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      const rounds = Math.min(left, ROUNDS_OF_A_LIFE);
      left -= rounds;
      const life = await CrashLife.begin(++seed);
      all.push(await life.live(rounds));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const sums = Object.fromEntries(
    (Object.keys(all[0]!) as (keyof CrashFigures)[]).map((key) => [key, all.reduce((sum, one) => sum + one[key], 0)]),
  ) as unknown as CrashFigures;
  const slowestEndMs = Math.max(...all.map((one) => one.slowestEndMs));
  t.diagnostic(JSON.stringify({ ...sums, slowestEndMs }));
  assert.equal(sums.rounds, ROUNDS);
  assert.ok(sums.sharesTold > ROUNDS && sums.blocksTaken > 0, "there was something to lose");
});
