import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "../../bench/soak/judge.js";
import type { Sample } from "../../bench/soak/soak-node.js";

const MB = 2 ** 20;
const PLAIN: Sample = {
  ...{ node: 0, life: 1, age: 0, at: 0, tip: null, height: 100, shares: 200, processorSeconds: 1 },
  ...{ resident: 100 * MB, files: 40, sockets: 15, threads: 12, children: 0, childrenResident: 0 },
  ...{ heap: 30 * MB, external: 4 * MB, handles: 15, listeners: 100, mostListeners: 4 },
};
const LOOKS = 90;
const EVERY = 40;

/** An hour of one process; `change`: what is otherwise after a part of it. */
function life(change: (part: number, look: number) => Partial<Sample>): Sample[] {
  return Array.from({ length: LOOKS }, (_, i) => ({
    ...PLAIN,
    at: i * EVERY,
    age: i * EVERY,
    ...change(i / LOOKS, i),
  }));
}

/** 20 lives of nine looks each. */
function lives(change: (number: number, look: number) => Partial<Sample>): Sample[] {
  return Array.from({ length: 180 }, (_, i) => {
    const [life, look] = [Math.floor(i / 9), i % 9];
    return { ...PLAIN, life: life + 1, age: look * 20, at: i * 20, ...change(life, look) };
  });
}

function growing(samples: readonly Sample[]): string[] {
  return judge(samples).flatMap(({ grows, of, metric }) => (grows ? [`${of}: ${metric}`] : []));
}

test("what fills in the first third and then only swings does not grow", () => {
  const samples = life((part, look) => ({
    heap: (30 + 10 * Math.min(1, 3 * part) + (look % 7) / 7) * MB,
    files: 40 + (look % 9),
    ...(look % 6 === 0 ? { emitters: 140 + (look % 4) } : {}),
  }));
  assert.deepEqual(growing(samples), []);
  assert.ok(judge(samples).some(({ metric, before }) => metric === "emitters" && before >= 140));
});

test("what rises all the time grows, however much it swings", () => {
  const leak = life((part, look) => ({ heap: (30 + 6 * part + (look % 7) / 2) * MB }));
  assert.deepEqual(growing(leak), ["node 0, life 1: heap"]);
  const { before, after, perHour } = judge(leak).find(({ metric }) => metric === "heap")!;
  assert.ok(after > before);
  assert.ok(Math.abs(perHour / MB - 6) < 1, `${perHour / MB} MB an hour`);
  assert.deepEqual(growing(life((part) => ({ files: 40 + Math.floor(20 * part) }))), ["node 0, life 1: files"]);
  assert.deepEqual(growing(life((part) => ({ threads: 12 + Math.floor(6 * part) }))), ["node 0, life 1: threads"]);
  const rare = life((part, look) => (look % 6 === 0 ? { timers: 30 + Math.floor(90 * part) } : {}));
  assert.deepEqual(growing(rare), ["node 0, life 1: timers"]);
});

test("what fills for an hour does not grow, where there is enough after that; what goes on then does", () => {
  const long = (heap: (hours: number) => number): Sample[] =>
    life((part, look) => ({ at: look * 80, age: look * 80, heap: heap(2 * part) * MB }));
  assert.deepEqual(growing(long((hours) => 30 + 5 * Math.min(1, hours))), []);
  assert.deepEqual(growing(long((hours) => 30 + 5 * hours)), ["node 0, life 1: heap"]);
  assert.deepEqual(growing(long((hours) => 30 + 5 * Math.max(0, hours - 1))), ["node 0, life 1: heap"]);
});

test("a life that was over before anything is steady is not judged by itself", () => {
  const short = life((part) => ({ heap: (30 + 6 * part) * MB })).map((sample) => ({ ...sample, age: sample.age / 4 }));
  assert.deepEqual(judge(short), []);
});

test("a node that is started again and again is judged by its lives at the same age", () => {
  const filling = (look: number): number => 30 + 2 * look;
  assert.deepEqual(growing(lives((_, look) => ({ heap: filling(look) * MB }))), []);
  assert.deepEqual(growing(lives((number, look) => ({ heap: (filling(look) + number / 2) * MB }))), [
    "node 0, 20 lives at their look number 4: heap",
  ]);
});
