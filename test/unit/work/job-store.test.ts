import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobId } from "../../../src/work/job.js";
import { JobStore } from "../../../src/work/job-store.js";

const id = (i: number): JobId => `job${i}` as JobId;

test("all jobs of the last sixteen events are kept, and of earlier ones a thousand in all", () => {
  const store = new JobStore<number>();
  for (let i = 0; i < 20_000; i++) {
    if (i % 1000 === 0) store.nextEvent();
    store.add(id(i), i, 300);
  }
  const kept = (): number[] =>
    Array.from({ length: 20_016 }, (_, i) => i).filter((i) => store.get(id(i)) !== undefined);
  assert.deepEqual([kept().length, kept()[0]], [16_000, 4000]);
  // A burst of events with few jobs: the thousand newest.
  for (let i = 0; i < 16; i++) {
    store.nextEvent();
    store.add(id(20_000 + i), i, 300);
  }
  assert.deepEqual([kept().length, kept()[0]], [1000, 19_016]);
  assert.equal(store.get(id(19_500)), 19_500);
});

test("bytes bound them in any case: generation transactions count", () => {
  const store = new JobStore<number>(100_000);
  const stored = Array.from({ length: 10 }, (_, i) => store.add(id(i), i, 20_000));
  const kept = [6, 7, 8, 9];
  assert.deepEqual(
    stored.filter(({ isKept }) => isKept).map((job) => job.kept),
    kept,
  );
  assert.deepEqual(
    stored.map((_, i) => i).filter((i) => store.get(id(i)) !== undefined),
    kept,
  );
});

test("those that are over go, from the oldest up to the first that is not, and make room", () => {
  const store = new JobStore<number>(30_000);
  const stored = [0, 1, 2, 3].map((i) => store.add(id(i), i, 2000));
  store.expire((kept) => kept < 3);
  assert.deepEqual(
    stored.map(({ isKept }) => isKept),
    [false, false, false, true],
  );
  for (let i = 4; i < 7; i++) store.add(id(i), i, 2000);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 6].filter((i) => store.get(id(i)) !== undefined),
    [3, 4, 5, 6],
  );
});
