import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Replies } from "../../../src/workers/stratum/replies.js";

function repliers(written: number[]): (name: number) => { flush(): void } {
  return (name) => ({ flush: () => written.push(name) });
}

test("replies of a turn are written in its order, and after it", async () => {
  const written: number[] = [];
  const named = repliers(written);
  const replies = new Replies();
  for (let i = 0; i < 5; i++) replies.add(named(i));
  assert.deepEqual(written, []);
  await setImmediate();
  assert.deepEqual(written, [0, 1, 2, 3, 4]);
  replies.add(named(5));
  await setImmediate();
  assert.deepEqual(written, [0, 1, 2, 3, 4, 5]);
});

test("no more than 32 wait, so that a long turn holds none of them up", async () => {
  const written: number[] = [];
  const named = repliers(written);
  const replies = new Replies();
  for (let i = 0; i < 40; i++) replies.add(named(i));
  assert.equal(written.length, 32);
  await setImmediate();
  assert.deepEqual(
    written,
    Array.from({ length: 40 }, (_, i) => i),
  );
});
