import assert from "node:assert/strict";
import { test } from "node:test";
import { BestDifficulty } from "../../../src/stats/best-difficulty.js";
import { LocalWork } from "../../../src/stats/local-work.js";
import { addRates, MinerRates } from "../../../src/stats/miner-rates.js";
import { StatLog } from "../../../src/stats/stat-log.js";
import { VirtualClock } from "../workers/support/virtual-clock.js";

const START = 1_700_000_000;

function add(work: LocalWork, at: number, user: string, hashes: number, isDead = false): void {
  work.add({ at: START + at, user, address: user.split(".")[0]!, work: hashes, isDead, attemptsToShare: 10_000 });
}

test("rates of ten minutes, by user, the first datum counted", () => {
  const work = new LocalWork(START);
  add(work, 0, "a.1", 1000);
  add(work, 50, "a.2", 3000, true);
  assert.deepEqual(work.rates(START + 100), [
    { user: "a.2", rate: 30, deadRate: 30 },
    { user: "a.1", rate: 10, deadRate: 0 },
  ]);
  assert.equal(work.secondsToShare(START + 100), 250);
  add(work, 620, "a.2", 6000);
  assert.deepEqual(work.rates(START + 650), [{ user: "a.2", rate: 15, deadRate: 5 }]);
  assert.deepEqual(work.rates(START + 2000), []);
  assert.equal(work.secondsToShare(START + 2000), null);
});

test("a burst at the very start does not look like a farm", () => {
  const work = new LocalWork(START);
  add(work, 0, "a", 1000);
  assert.equal(work.rates(START + 0.001)[0]!.rate, 100);
});

test("decayed rates by span, unknown before there is anything", () => {
  const rates = new MinerRates();
  assert.deepEqual(rates.of("a", 0), { "1m": null, "10m": null, "1h": null, "24h": null });
  for (let second = 1; second <= 600; second++) rates.add("a", 50, 1000 * second);
  const now = rates.of("a", 600_000);
  for (const rate of Object.values(now)) assert.ok(Math.abs(rate! - 50) < 2, `${rate}`);
  const later = rates.of("a", 1_200_000);
  assert.ok(later["1m"]! < 0.01 && later["10m"]! < 25 && later["1h"]! > 20);
  assert.deepEqual(addRates([]), { "1m": null, "10m": null, "1h": null, "24h": null });
  assert.equal(addRates([now, now])["1m"], 2 * now["1m"]!);
});

test("best difficulties by session, round and ever; only the last is kept", () => {
  const best = new BestDifficulty();
  best.reached("a", 5);
  best.newRound();
  best.reached("b", 3);
  assert.deepEqual(best.ofNode, { session: 5, round: 3, allTime: 5 });
  assert.deepEqual(best.of("a"), { session: 5, round: null, allTime: 5 });
  const again = new BestDifficulty();
  again.restore(JSON.parse(JSON.stringify(best.save())));
  assert.deepEqual(again.ofNode, { session: null, round: null, allTime: 5 });
  assert.deepEqual(again.of("b"), { session: null, round: null, allTime: 3 });
  for (const broken of [null, 5, {}, { node: "x", addresses: [[1, 2], null, "a"] }])
    new BestDifficulty().restore(broken);
});

test("the classic log has a row every five minutes of the last day, and survives what is no log", () => {
  const clock = new VirtualClock();
  let saved: readonly unknown[] = [];
  const log = new StatLog({ clock, entry: () => ({ shares: 1 }), save: (rows) => (saved = [...rows]) });
  log.start([{ time: clock.now() - 90_000 }, { time: clock.now() - 100, shares: 7 }, null, "x"]);
  assert.deepEqual(
    log.entries.map(({ shares }) => shares),
    [7, 1],
  );
  clock.advance(86_400_000);
  assert.equal(log.entries.length, 289);
  assert.equal(saved.length, 289);
  log.stop();
  assert.equal(clock.timers, 0);
});
