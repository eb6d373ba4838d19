import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { powHash } from "../../../src/core/hash/index.js";
import { seededRandom } from "../../../src/core/random.js";
import { createLogger } from "../../../src/platform/log.js";
import { PowPool, type PowThread } from "../../../src/platform/pow-pool.js";

const log = createLogger("silent");
const THREAD = new URL("../../../src/platform/pow-thread.js", import.meta.url);

function headers(count: number): Uint8Array[] {
  const random = seededRandom(count);
  return Array.from({ length: count }, () => Uint8Array.from({ length: 80 }, () => random.uint32() & 0xff));
}

describe("pool of threads for proof of work", () => {
  test("hashes are in the order of the headers, over many calls at once", async () => {
    const pool = new PowPool({ pow: "scrypt", log, threads: 2 });
    const calls = [1, 63, 64, 65, 0, 130].map(headers);
    const answers = await Promise.all(calls.map((call) => pool.hash(call)));
    for (const [i, call] of calls.entries()) {
      assert.deepEqual(
        answers[i],
        call.map((header) => powHash("scrypt", header)),
      );
    }
    await pool.stop();
  });

  test("the event loop goes on meanwhile", async () => {
    const pool = new PowPool({ pow: "scrypt", log, threads: 1 });
    let turns = 0;
    const counting = setInterval(() => turns++, 1);
    await pool.hash(headers(256));
    clearInterval(counting);
    assert.ok(turns > 5, `${turns} turns`);
    await pool.stop();
  });

  test("a thread that dies is replaced, and its work done again", async () => {
    const threads: Worker[] = [];
    const spawn = (): PowThread => {
      const thread = new Worker(THREAD);
      threads.push(thread);
      // The first one ends with whatever it was given.
      if (threads.length === 1) void thread.terminate();
      return thread;
    };
    const pool = new PowPool({ pow: "scrypt", log, threads: 1, spawn });
    const call = headers(100);
    assert.deepEqual(
      await pool.hash(call),
      call.map((header) => powHash("scrypt", header)),
    );
    assert.equal(threads.length, 2);
    await pool.stop();
  });

  test("work over which threads keep dying is given up, the pool is not", async () => {
    let isBroken = true;
    const spawn = (): PowThread => {
      const thread = new Worker(THREAD);
      if (isBroken) void thread.terminate();
      return thread;
    };
    const pool = new PowPool({ pow: "scrypt", log, threads: 1, spawn });
    await assert.rejects(pool.hash(headers(3)), { code: "POW_THREADS_DIED" });
    isBroken = false;
    assert.equal((await pool.hash(headers(3))).length, 3);
    await pool.stop();
  });

  test("what a miner waits for is hashed before what is already queued", async () => {
    const pool = new PowPool({ pow: "scrypt", log, threads: 1 });
    let isBulkDone = false;
    const bulk = pool.hash(headers(640)).then(() => {
      isBulkDone = true;
    });
    const [header] = headers(1) as [Uint8Array];
    assert.deepEqual(await pool.hashNext(header), powHash("scrypt", header));
    assert.equal(isBulkDone, false);
    await bulk;
    await pool.stop();
  });

  test("where threads die, what a miner waits for is hashed without them", async () => {
    const spawn = (): PowThread => {
      const thread = new Worker(THREAD);
      void thread.terminate();
      return thread;
    };
    const pool = new PowPool({ pow: "scrypt", log, threads: 1, spawn });
    const [header] = headers(1) as [Uint8Array];
    assert.deepEqual(await pool.hashNext(header), powHash("scrypt", header));
    await pool.stop();
  });
});
