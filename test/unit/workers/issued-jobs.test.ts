import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Job } from "../../../src/work/job.js";
import type { AssignedDifficulty } from "../../../src/workers/difficulty.js";
import { IssuedJobs } from "../../../src/workers/stratum/issued-jobs.js";
import { SharedLine, type WireJob } from "../../../src/workers/stratum/notify.js";

const wire = (number: number): WireJob => ({ id: number.toString(16), number, job: {} as Job });
const difficulties = new Map<bigint, AssignedDifficulty>();
const difficultyOf = (target: bigint): AssignedDifficulty => {
  const made = difficulties.get(target) ?? { text: String(target), difficulty: Number(target), target };
  difficulties.set(target, made);
  return made;
};
const facts = (atMs: number) => ({ versionMask: 6, isTooLong: false, atMs, generation: 9, blockGeneration: 3 });

test("the last jobs are kept as they were issued, and the oldest goes first", () => {
  const jobs = new IssuedJobs({ limit: 3 });
  const wires = [1, 2, 3, 4, 5].map(wire);
  for (const [i, each] of wires.entries()) jobs.add({ wire: each, ...facts(i) }, difficultyOf(BigInt(i)));
  assert.deepEqual(
    wires.map(({ id }) => jobs.find(id)?.issued.atMs),
    [undefined, undefined, 2, 3, 4],
  );
  assert.deepEqual(jobs.find("5"), { issued: { wire: wires[4], ...facts(4) }, target: 4n, easiest: 4n });
  assert.deepEqual(
    wires.map((each) => jobs.has(each)),
    [false, false, true, true, true],
  );
  // One that another connection had before, and one that is new.
  assert.equal(jobs.has(wire(3)), false);
  assert.equal(jobs.has(wire(6)), false);
});

test("an easier target holds for the jobs before it, a harder one for none", () => {
  const jobs = new IssuedJobs({ limit: 3 });
  const targets = [99n, 10n, 20n, 15n];
  for (const [i, target] of targets.entries()) jobs.add({ wire: wire(i), ...facts(0) }, difficultyOf(target));
  assert.deepEqual(
    ["0", "1", "2", "3"].map((id) => [jobs.find(id)?.target, jobs.find(id)?.easiest]),
    [
      [undefined, undefined],
      [10n, 20n],
      [20n, 20n],
      [15n, 15n],
    ],
  );
});

test("whatever changes when, each job has the target it was issued with", () => {
  const limit = 5;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 40 }), (targets) => {
      const jobs = new IssuedJobs({ limit });
      for (const [i, target] of targets.entries()) {
        jobs.add({ wire: wire(i), ...facts(i) }, difficultyOf(BigInt(target)));
        const kept = targets.slice(0, i + 1).slice(-limit);
        for (const [back, own] of kept.toReversed().entries()) {
          const found = jobs.find((i - back).toString(16));
          const since = kept.slice(kept.length - 1 - back);
          assert.deepEqual([found?.target, found?.easiest], [BigInt(own), BigInt(Math.max(...since))]);
        }
        assert.equal(jobs.find((i - limit).toString(16)), undefined);
      }
    }),
  );
});

test("connections share what a line's job is to them only where it is the same", () => {
  const line = new SharedLine(wire(1), Buffer.from("line\n"), 0);
  const first = line.issuedWith(facts(1));
  assert.deepEqual(first, { wire: line.wire, ...facts(1) });
  assert.equal(line.issuedWith(facts(1)), first);
  const others = [
    facts(2),
    { ...facts(1), versionMask: 7 },
    { ...facts(1), isTooLong: true },
    { ...facts(1), generation: 10 },
    { ...facts(1), blockGeneration: 4 },
  ];
  for (const other of others) {
    line.issuedWith(facts(1));
    assert.deepEqual(line.issuedWith(other), { wire: line.wire, ...other });
  }
});
