import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "../../../src/work/job.js";
import { IssuedJobs } from "../../../src/workers/stratum/issued-jobs.js";
import type { WireJob } from "../../../src/workers/stratum/notify.js";

const wire = (number: number): WireJob => ({ id: number.toString(16), number, job: {} as Job });
const facts = (target: bigint, atMs: number) => ({
  target,
  versionMask: 6,
  isTooLong: false,
  atMs,
  blockGeneration: 3,
});

test("the last jobs are kept as they were issued, and the oldest goes first", () => {
  const jobs = new IssuedJobs({ limit: 3 });
  const wires = [1, 2, 3, 4, 5].map(wire);
  for (const [i, each] of wires.entries()) jobs.add({ wire: each, ...facts(BigInt(i), i) });
  assert.deepEqual(
    wires.map(({ id }) => jobs.find(id)?.atMs),
    [undefined, undefined, 2, 3, 4],
  );
  assert.deepEqual(jobs.find("5"), { wire: wires[4], easiest: 4n, ...facts(4n, 4) });
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
  for (const number of [1, 2]) jobs.add({ wire: wire(number), ...facts(BigInt(10 * number), 0) });
  jobs.ease(15n);
  jobs.add({ wire: wire(3), ...facts(15n, 0) });
  assert.deepEqual(
    ["1", "2", "3"].map((id) => [jobs.find(id)?.target, jobs.find(id)?.easiest]),
    [
      [10n, 15n],
      [20n, 20n],
      [15n, 15n],
    ],
  );
});
