import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { MAX_256 } from "../../../src/core/compact.js";
import type { Outcome, Solution } from "../../../src/work/job.js";
import { LIMITS } from "../../../src/workers/limits.js";
import type { Ledger } from "../../../src/workers/stratum/context.js";
import { StratumFixture, turns } from "./support/stratum.js";
import { EXAMPLE } from "./support/work-source.js";

/** Submissions whose answer comes later, as where threads make the hashes. */
const NTIME = EXAMPLE.time.toString(16);

interface Open {
  readonly solution: Solution;
  answer(outcome: Outcome): void;
  fail(error: Error): void;
}

async function start(t: TestContext, options: Parameters<typeof StratumFixture.start>[0] = {}) {
  const fixture = await StratumFixture.start(options);
  t.after(() => fixture.stop());
  fixture.source.shareTarget = MAX_256;
  const open: Open[] = [];
  fixture.source.answer = (solution) =>
    new Promise((resolve, reject) => open.push({ solution, answer: resolve, fail: reject }));
  const until = async (count: number): Promise<void> => {
    while (open.length < count) await turns();
  };
  return { fixture, open, until };
}

const GOOD: Outcome = { kind: "pseudo", stale: false, hash: "00" };
const LOW: Outcome = { kind: "rejected", code: 23, reason: "Low difficulty share" };

const submission = (id: number, jobId: string) => ({
  id,
  method: "mining.submit",
  params: ["1Addr", jobId, "00000000", NTIME, id.toString(16)],
});

test("replies keep the order of the requests, and other miners do not wait", async (t) => {
  const { fixture, open, until } = await start(t);
  const [slow, other] = [await fixture.client(), await fixture.client()];
  const { jobId } = await fixture.logIn(slow);
  await fixture.logIn(other);
  const lines = [submission(1, jobId), submission(2, jobId), { id: 3, method: "mining.ping", params: [] }];
  slow.send(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  await until(1);
  assert.deepEqual(await other.flush(), [], "another connection is served meanwhile");
  assert.equal(open.length, 1, "the next line of the same one is not looked at");
  assert.equal(slow.unread, 0);
  open[0]!.answer(LOW);
  await until(2);
  open[1]!.answer(GOOD);
  const replies = [await slow.next(), await slow.next(), await slow.next()];
  assert.deepEqual(
    replies.map(({ id, result }) => [id, result]),
    [
      [1, false],
      [2, true],
      [3, "pong"],
    ],
  );
  assert.equal(replies[0]!.error?.[0], 23);
});

test("a miner that sends ahead of its answers is not read any further than one chunk", async (t) => {
  const { fixture, open, until } = await start(t);
  const client = await fixture.client();
  const { jobId } = await fixture.logIn(client);
  client.send(submission(1, jobId));
  await until(1);
  // Far more than sockets hold in both directions.
  const text = `${JSON.stringify(submission(2, jobId))}\n`.repeat(200_000);
  const isSent = client.socket.write(text);
  await turns(50);
  assert.equal(isSent, false);
  assert.ok(client.socket.writableLength > 1_000_000, "most of it stays at the miner");
  assert.equal(open.length, 1);
  open[0]!.answer(GOOD);
  assert.equal((await client.next()).id, 1);
  await until(2);
});

test("what came within the grace after a new tip is not late for having been hashed slowly", async (t) => {
  const { fixture, open, until } = await start(t);
  const client = await fixture.client();
  const { jobId } = await fixture.logIn(client);
  fixture.source.emit("tip");
  await fixture.advance(900);
  client.send(submission(1, jobId));
  await until(1);
  await fixture.advance(5000);
  open[0]!.answer({ ...GOOD, stale: true });
  const { result } = await client.request("mining.ping");
  assert.equal(result, "pong");
  assert.equal(fixture.server.stats().counts.accepted, 1);
  client.send(submission(2, jobId));
  await until(2);
  open[1]!.answer({ ...GOOD, stale: true });
  await client.flush();
  assert.deepEqual(fixture.server.stats().counts, { accepted: 1, stale: 1, duplicate: 0, low: 0, invalid: 0 });
});

test("of a miner that has gone the work counts, and no timer is left", async (t) => {
  const { fixture, open, until } = await start(t);
  const client = await fixture.client();
  const { jobId } = await fixture.logIn(client, "1Addr+0");
  client.send(submission(1, jobId));
  await until(1);
  client.socket.resetAndDestroy();
  while (fixture.server.stats().connections > 0) await turns();
  const timers = fixture.clock.timers;
  open[0]!.answer(GOOD);
  await turns();
  assert.equal(fixture.server.stats().counts.accepted, 1);
  assert.equal(fixture.clock.timers, timers);
});

test("a failure of ours is answered, and the connection goes on", async (t) => {
  const { fixture, open, until } = await start(t);
  const client = await fixture.client();
  const { jobId } = await fixture.logIn(client);
  client.send(submission(1, jobId));
  await until(1);
  open[0]!.fail(new Error("broken"));
  assert.deepEqual((await client.next()).error?.slice(0, 2), [20, "Internal error"]);
  assert.deepEqual(await client.flush(), []);
});

test("a half-closed miner gets the reply that is still made", async (t) => {
  const { fixture, open, until } = await start(t);
  const client = await fixture.client();
  const { jobId } = await fixture.logIn(client);
  client.send(submission(1, jobId));
  client.socket.end();
  await until(1);
  await turns();
  open[0]!.answer(GOOD);
  assert.equal((await client.next()).result, true);
  assert.equal(await client.nextLine(), null);
});

/** A ledger whose pages are known when the test says so. */
class TestLedger implements Ledger {
  lastPage = 0;
  knownPage = 0;
  private waiting: { page: number; action: () => void }[] = [];

  whenKnown(page: number, action: () => void): void {
    this.waiting.push({ page, action });
  }

  know(page: number): void {
    this.knownPage = page;
    const due = this.waiting.filter((entry) => entry.page <= page);
    this.waiting = this.waiting.filter((entry) => entry.page > page);
    for (const { action } of due) action();
  }
}

test("replies wait until what they tell is known elsewhere; jobs of others do not", async (t) => {
  const ledger = new TestLedger();
  const { fixture } = await start(t, { ledger });
  fixture.source.answer = null;
  const [client, other] = [await fixture.client(), await fixture.client()];
  const { jobId } = await fixture.logIn(client);
  await fixture.logIn(other);
  ledger.lastPage = 1;
  client.send(submission(1, jobId));
  while (fixture.server.stats().counts.accepted < 1) await turns();
  await turns(10);
  assert.equal(client.unread, 0);
  fixture.source.emit("tip");
  assert.equal((await other.next()).method, "mining.notify");
  assert.equal(client.unread, 0, "what comes after the reply waits with it");
  ledger.lastPage = 2;
  client.send({ id: 2, method: "mining.ping", params: [] });
  await turns(10);
  ledger.know(1);
  await turns(10);
  assert.equal(client.unread, 0, "the last reply is of the next page");
  ledger.know(2);
  assert.deepEqual(
    [await client.next(), await client.next(), await client.next()].map(({ id, method }) => method ?? id),
    [1, "mining.notify", 2],
  );
});

test("while too many replies wait nothing more is read; a half-closed miner gets them all", async (t) => {
  const ledger = new TestLedger();
  const { fixture } = await start(t, { ledger, limits: { ...LIMITS, heldReplies: 5, linesPerSlice: 5 } });
  fixture.source.answer = null;
  const client = await fixture.client();
  const { jobId } = await fixture.logIn(client);
  ledger.lastPage = 1;
  const lines = Array.from({ length: 12 }, (_, i) => JSON.stringify(submission(i + 1, jobId)));
  client.send(`${lines.join("\n")}\n`);
  client.socket.end();
  await turns(20);
  assert.equal(fixture.server.stats().counts.accepted, 5);
  assert.equal(client.unread, 0);
  ledger.know(1);
  for (let id = 1; id <= 12; id++) assert.equal((await client.next()).id, id);
  assert.equal(await client.nextLine(), null);
});
