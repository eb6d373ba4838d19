import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "../../../src/platform/log.js";
import type { Bin } from "../../../src/stats/history/bins.js";
import { type BinKeeper, History, type StoredBin } from "../../../src/stats/history/history.js";
import { VirtualClock } from "../workers/support/virtual-clock.js";

/** Keeps bins as the store does, newest first. */
class MemoryKeeper implements BinKeeper {
  readonly bins = new Map<string, StoredBin>();

  load(): Promise<readonly StoredBin[]> {
    return Promise.resolve([...this.bins.values()].sort((a, b) => b.end - a.end));
  }

  put(stream: string, view: string, end: number, bin: Bin | null): void {
    const key = `${stream}.${view}.${end}`;
    if (bin === null) this.bins.delete(key);
    else this.bins.set(key, { stream, view, end, bin: new Map(bin) });
  }
}

/** A clock whose wall time can be set, as people and time servers do. */
class JumpingClock extends VirtualClock {
  offset = 0;

  override now(): number {
    return super.now() + this.offset;
  }
}

const DAY = 86_400;

function make(clock: VirtualClock, keeper: BinKeeper | null): History {
  return new History({ clock, log: createLogger("silent"), keeper, sample: () => ({ memory_usage: 100 }) });
}

test("history survives a restart, also one a day later, and is bounded", async () => {
  const keeper = new MemoryKeeper();
  const clock = new VirtualClock();
  const history = make(clock, keeper);
  await history.start();
  for (let hour = 0; hour < 80; hour++) {
    clock.advance(3_600_000);
    history.record("miner_hash_rates", { alice: 1000 });
  }
  history.stop();
  assert.equal(clock.timers, 0);
  const before = history.read("miner_hash_rates", "last_week");
  assert.ok(keeper.bins.size < 2 * (150 + 300 * 4), `${keeper.bins.size} bins`);

  const again = make(clock, keeper);
  await again.start();
  assert.deepEqual(again.read("miner_hash_rates", "last_week"), before);
  again.stop();

  const later = new VirtualClock({ startSeconds: clock.now() + DAY });
  const third = make(later, keeper);
  await third.start();
  const kept = third
    .read("miner_hash_rates", "last_week")
    .filter(([, value]) => Object.keys(value as object).length > 0);
  const all = before.filter(([, value]) => Object.keys(value as object).length > 0);
  assert.equal(kept.length, all.length);
  third.stop();
});

test("a clock that is wrong for a minute leaves no trace; one that stays is believed", async () => {
  const keeper = new MemoryKeeper();
  const clock = new JumpingClock();
  const history = make(clock, keeper);
  await history.start();
  clock.advance(3_600_000);
  const count = (): number => history.read("memory_usage", "last_hour").filter(([, value]) => value !== null).length;
  const before = count();
  assert.ok(before > 140);

  for (const jump of [400 * DAY, -400 * DAY]) {
    clock.offset = jump;
    clock.advance(60_000);
    clock.offset = 0;
    clock.advance(60_000);
    assert.ok(count() >= before - 6, `a jump by ${jump} s lost history`);
  }

  clock.offset = -2 * 3600;
  clock.advance(400_000);
  const newest = history.read("memory_usage", "last_hour")[0]!;
  assert.ok(Math.abs(newest[0] - clock.now()) < 30, "the time after a lasting jump is recorded");
  assert.equal(newest[1], 100);
  history.stop();
});

test("what turns out later is corrected where it happened", async () => {
  const clock = new VirtualClock();
  const history = make(clock, null);
  await history.start();
  const at = clock.now();
  history.record("local_share_hash_rates", { good: 500 });
  clock.advance(200_000);
  history.correct("local_share_hash_rates", at, { good: -500, orphan: 500 });
  const values = history
    .read("local_share_hash_rates", "last_hour")
    .map(([, value]) => value as Record<string, number>);
  const sum = (key: string): number => values.reduce((total, value) => total + (value[key] ?? 0), 0);
  assert.equal(sum("good"), 0);
  assert.ok(sum("orphan") > 0);
  history.stop();
});
