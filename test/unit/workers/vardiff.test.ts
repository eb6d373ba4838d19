import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { difficultyToTarget, MAX_256, targetToDifficulty } from "../../../src/core/compact.js";
import { seededRandom } from "../../../src/core/random.js";
import { formatDifficulty } from "../../../src/workers/difficulty.js";
import { Difficulties } from "../../../src/workers/stratum/difficulties.js";
import { Vardiff } from "../../../src/workers/stratum/vardiff.js";

/** A miner with a constant hash rate, in difficulty per second, on virtual time. */
class SimulatedMiner {
  readonly vardiff: Vardiff;
  private readonly random;
  private nowMs = 0;
  private lastCheckMs = 0;
  rate: number;
  changes: { atMs: number; from: number; to: number }[] = [];
  /** Times of solutions. */
  solutions: number[] = [];

  constructor(options: { rate: number; difficulty: number; fixed?: boolean; seed: number }) {
    this.rate = options.rate;
    this.random = seededRandom(options.seed);
    this.vardiff = new Vardiff({
      shareSeconds: 3,
      difficulty: options.difficulty,
      fixed: options.fixed ?? false,
      nowMs: 0,
    });
  }

  run(seconds: number): void {
    const endMs = this.nowMs + 1000 * seconds;
    while (this.nowMs < endMs) {
      const difficulty = this.vardiff.difficulty;
      const waitMs = (-Math.log(1 - this.random.uniform()) * 1000 * difficulty) / this.rate;
      // Checks come once a second; the wait has no memory, so it may be cut there.
      const toCheckMs = this.lastCheckMs + 1000 - this.nowMs;
      const isSolution = waitMs < toCheckMs;
      this.nowMs += Math.min(waitMs, toCheckMs);
      let changed: boolean;
      if (isSolution) {
        this.solutions.push(this.nowMs);
        changed = this.vardiff.accepted(difficulty, difficulty, this.nowMs);
      } else {
        this.lastCheckMs = this.nowMs;
        changed = this.vardiff.check(difficulty, this.nowMs);
      }
      if (changed) this.changes.push({ atMs: this.nowMs, from: difficulty, to: this.vardiff.difficulty });
    }
  }

  /** Difficulty over the one that makes a solution every three seconds. */
  get error(): number {
    return this.vardiff.difficulty / (3 * this.rate);
  }
}

test("comes from 10 000 times too easy within a minute and from 10 000 times too hard within ten", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const easy = new SimulatedMiner({ rate: 1, difficulty: 3e-4, seed });
    easy.run(60);
    assert.ok(easy.error > 0.4 && easy.error < 2.5, `seed ${seed}: ${easy.error}`);
    const hard = new SimulatedMiner({ rate: 1, difficulty: 3e4, seed });
    hard.run(600);
    assert.ok(hard.error > 0.3 && hard.error < 3, `seed ${seed}: ${hard.error}`);
  }
});

test("a constant miner sends one solution every three seconds, ±30 %, and is seldom disturbed", () => {
  let changes = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const miner = new SimulatedMiner({ rate: 1, difficulty: 3, seed });
    miner.run(600);
    miner.solutions = [];
    miner.changes = [];
    miner.run(3600);
    const interval = 3600 / miner.solutions.length;
    assert.ok(interval > 2.1 && interval < 3.9, `seed ${seed}: every ${interval} s`);
    changes += miner.changes.length;
  }
  assert.ok(changes < 20 * 5, `${changes} changes in 20 hours`);
});

test("steps are at most 8 in the first minute and 2 later, and only outside 0.67 to 1.5", () => {
  fc.assert(
    fc.property(fc.integer(), fc.double({ min: -4, max: 4, noNaN: true }), (seed, exponent) => {
      const miner = new SimulatedMiner({ rate: 1, difficulty: 3 * 10 ** exponent, seed });
      miner.run(300);
      for (const { atMs, from, to } of miner.changes) {
        const step = to > from ? to / from : from / to;
        // More than twenty times the wanted rate is a flood, which may go by eight at any time.
        assert.ok(step <= (atMs <= 61_000 || to / from > 2 ? 8 : 2) + 1e-9, `${step} at ${atMs}`);
        assert.ok(step >= 1.5 - 1e-9, `${step} is no reason to change`);
      }
    }),
    { numRuns: 50 },
  );
});

test("a silent connection is halved every thirty seconds, without a submission", () => {
  const vardiff = new Vardiff({ shareSeconds: 3, difficulty: 1024, fixed: false, nowMs: 0 });
  const seen: [number, number][] = [];
  for (let second = 1; second <= 120; second++) {
    if (vardiff.check(vardiff.difficulty, 1000 * second)) seen.push([second, vardiff.difficulty]);
  }
  assert.deepEqual(seen, [
    [30, 512],
    [60, 256],
    [90, 128],
    [120, 64],
  ]);
});

test("a proxy that multiplies its rate by a hundred is followed within seconds", () => {
  const miner = new SimulatedMiner({ rate: 1, difficulty: 3, seed: 5 });
  miner.run(600);
  miner.rate = 100;
  const before = miner.changes.length;
  miner.run(12);
  assert.ok(miner.error > 0.4, `${miner.error} after 12 s`);
  assert.ok(miner.changes.length - before >= 2);
});

test("a fixed difficulty stays, except under a flood", () => {
  const slow = new SimulatedMiner({ rate: 0.01, difficulty: 3, fixed: true, seed: 1 });
  slow.run(600);
  assert.equal(slow.vardiff.difficulty, 3);
  const fast = new SimulatedMiner({ rate: 10, difficulty: 3, fixed: true, seed: 1 });
  fast.run(600);
  assert.equal(fast.vardiff.difficulty, 3);
  const flood = new SimulatedMiner({ rate: 1000, difficulty: 3, fixed: true, seed: 1 });
  flood.run(10);
  assert.ok(flood.vardiff.difficulty >= 100);
});

test("work counts at the difficulty it was done for", () => {
  const vardiff = new Vardiff({ shareSeconds: 3, difficulty: 100, fixed: false, nowMs: 0 });
  // What was in flight when the difficulty rose from 1 to 100: many solutions, little work.
  for (let i = 0; i < 30; i++) assert.equal(vardiff.accepted(1, 100, 1000 + i), false);
});

test("the limits in their order: share target over minimum over wish", () => {
  const assign = (
    wanted: number,
    minimum: number,
    hardestTarget: bigint,
    multiplier = 1,
    maximum: number | null = null,
  ) => {
    const difficulties = new Difficulties({ dumbScryptDifficulty: multiplier, maxDifficulty: maximum });
    return difficulties.atMost(difficulties.wanted(wanted, minimum), hardestTarget);
  };
  const hard = difficultyToTarget(1e6);
  assert.equal(assign(4096, 1, hard).text, "4096");
  assert.equal(assign(1e9, 1, hard).text, "1000000");
  assert.equal(assign(0, 1, hard).text, "1");
  assert.equal(assign(1e5, 1, hard, 1, 5000).text, "5000");
  assert.equal(assign(1, 1, hard, 65_536, 5000).text, "5000");
  assert.equal(assign(0, 0.001, hard).text, "0.001");
  assert.equal(assign(0.25, 0.001, hard).text, "0.25");
  assert.equal(assign(1, 1, MAX_256).text, "0.000000000232827");
  // Bitcoin's easiest share target is a little under difficulty 1; firmware that reads integers must not see 0.
  assert.equal(assign(1, 1, (1n << 224n) - 1n).text, "1");
  const scrypt = assign(1 / 65_536, 1, difficultyToTarget(1), 65_536);
  assert.equal(scrypt.text, "1");
  assert.equal(scrypt.difficulty, 1 / 65_536);
  assert.equal(scrypt.target, 0xffffn << 224n);
});

test("a share's target changes nobody's difficulty who wants less, and is one for all who want more", () => {
  const difficulties = new Difficulties({ dumbScryptDifficulty: 1, maxDifficulty: null });
  const [small, large, larger] = [100, 5000, 9000].map((wanted) => difficulties.wanted(wanted, 1));
  assert.equal(difficulties.wanted(100, 1), small);
  for (const share of [1000, 2000, 1000]) {
    const hardest = difficultyToTarget(share);
    assert.equal(difficulties.atMost(small!, hardest), small);
    assert.equal(difficulties.atMost(large!, hardest).text, String(share));
    assert.equal(difficulties.atMost(larger!, hardest), difficulties.atMost(large!, hardest));
  }
  // Its own share is hard enough for whoever wants just that.
  assert.equal(difficulties.atMost(large!, large!.target), large);
});

test("whatever is assigned, both sides derive the same target and no share is lost", () => {
  const exponent = fc.double({ min: -9, max: 14, noNaN: true });
  fc.assert(
    fc.property(exponent, exponent, fc.constantFrom(1, 65_536), (wish, share, multiplier) => {
      const hardestTarget = difficultyToTarget(10 ** share);
      const difficulties = new Difficulties({ dumbScryptDifficulty: multiplier, maxDifficulty: null });
      const { target, text } = difficulties.atMost(difficulties.wanted(10 ** wish, 1), hardestTarget);
      assert.match(text, /^([1-9][0-9]*|0\.[0-9]*[1-9])$/);
      assert.equal(target, difficultyToTarget(Number(text) / multiplier));
      const difficulty = targetToDifficulty(hardestTarget) * multiplier;
      if (difficulty < 0.9999 || difficulty > 1) assert.ok(target >= hardestTarget, `${text} is harder than a share`);
    }),
  );
});

test("difficulties are written in plain decimals", () => {
  assert.equal(formatDifficulty(8192), "8192");
  assert.equal(formatDifficulty(8191.9999999999), "8191");
  assert.equal(formatDifficulty(0.001), "0.001");
  assert.equal(formatDifficulty(0.99995), "1");
  assert.equal(formatDifficulty(8191.9), "8191");
  assert.equal(formatDifficulty(1e21), "1000000000000000000000");
  assert.equal(formatDifficulty(0.5), "0.5");
  assert.equal(formatDifficulty(0.1234567), "0.123456");
  assert.equal(formatDifficulty(4.65661287e-10), "0.000000000465661");
});
