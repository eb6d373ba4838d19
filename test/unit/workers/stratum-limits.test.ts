import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import * as fc from "fast-check";
import { MAX_256 } from "../../../src/core/compact.js";
import { RateMeter } from "../../../src/core/rate-meter.js";
import { Admission } from "../../../src/workers/admission.js";
import { Bans } from "../../../src/workers/bans.js";
import { RequestBudget, SubmissionConduct } from "../../../src/workers/conduct.js";
import { LIMITS } from "../../../src/workers/limits.js";
import { ExtranonceSpace, extranonceBytes } from "../../../src/workers/stratum/extranonce.js";
import { LineSplitter } from "../../../src/workers/stratum/framing.js";
import { WorkerTable } from "../../../src/workers/worker-table.js";
import { LineClient, type Message, StratumFixture, turns } from "./support/stratum.js";
import { EXAMPLE } from "./support/work-source.js";

/** Bounds, deadlines and slow clients (spec/11 §4.10, §4.11). */
async function start(t: TestContext, options: Parameters<typeof StratumFixture.start>[0] = {}) {
  const fixture = await StratumFixture.start(options);
  t.after(() => fixture.stop());
  return fixture;
}

const NTIME = EXAMPLE.time.toString(16);

test("lines come out the same however they are cut", () => {
  const line = fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => text.replaceAll(/[\r\n]/g, " "));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), fc.boolean(), fc.array(fc.nat(200)), (lines, crlf, cuts) => {
      const bytes = Buffer.from(lines.map((text) => text + (crlf ? "\r\n" : "\n")).join(""));
      const splitter = new LineSplitter({ maximum: 1000 });
      const seen: string[] = [];
      const read = (): void => {
        for (let next = splitter.next(); next !== "incomplete"; next = splitter.next()) {
          assert.notEqual(next, "too-long");
          if (next !== "too-long") seen.push(next.line);
        }
      };
      let offset = 0;
      for (const cut of [...cuts, bytes.length]) {
        splitter.push(bytes.subarray(offset, offset + cut));
        offset += cut;
        // Not after every piece: several may be waiting.
        if (cut % 2 === 0) read();
      }
      read();
      assert.deepEqual(seen, lines);
    }),
  );
});

test("any bytes at all: the server answers in lines of JSON or closes, and goes on for everybody else", async (t) => {
  const fixture = await start(t);
  const honest = await fixture.client();
  await fixture.logIn(honest);
  const value = fc.jsonValue({ maxDepth: 2 });
  const request = fc.record(
    {
      id: value,
      method: fc.oneof(
        value,
        fc.constantFrom(
          "mining.subscribe",
          "mining.authorize",
          "mining.submit",
          "mining.configure",
          "mining.suggest_difficulty",
          "mining.suggest_target",
          "mining.get_transactions",
          "mining.extranonce.subscribe",
          "mining.ping",
        ),
      ),
      params: fc.oneof(value, fc.array(fc.oneof(value, fc.string({ maxLength: 8 })), { maxLength: 7 })),
    },
    { requiredKeys: [] },
  );
  const line = fc.oneof(
    { weight: 8, arbitrary: request.map((message) => Buffer.from(JSON.stringify(message))) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 30 }),
      fc.array(fc.nat(300), { maxLength: 5 }),
      async (lines, cuts) => {
        const client = await fixture.client();
        const bytes = Buffer.concat(lines.map((part) => Buffer.concat([part, Buffer.from("\n")])));
        let offset = 0;
        for (const cut of [...cuts, bytes.length]) {
          client.send(bytes.subarray(offset, offset + cut));
          offset += cut;
          await turns(1);
        }
        client.socket.end();
        for (let text = await client.nextLine(); text !== null; text = await client.nextLine()) {
          const message = JSON.parse(text) as Message;
          assert.ok("id" in message && ("result" in message || "method" in message));
        }
        assert.deepEqual(
          (await honest.flush()).filter(({ method }) => method === undefined),
          [],
        );
      },
    ),
    { numRuns: 60 },
  );
  while (fixture.server.stats().connections > 1) await turns();
  fixture.server.stop();
  assert.equal(fixture.clock.timers, 0, "no timer is left behind");
  assert.equal(fixture.source.listeners.size, 0);
});

test("deadlines: subscribe, authorize, silence", async (t) => {
  const fixture = await start(t);
  const idle = await fixture.client();
  const subscribed = await fixture.client();
  await subscribed.request("mining.subscribe");
  for (let second = 0; second < 31; second++) await fixture.advance(1000);
  await idle.closed();
  for (let second = 0; second < 90; second++) await fixture.advance(1000);
  await subscribed.closed();

  const quiet = await fixture.client();
  await fixture.logIn(quiet);
  const asked = await fixture.client();
  await asked.request("mining.subscribe", ["cgminer/4.12.1"]);
  await asked.request("mining.authorize", ["1Addr"]);
  for (let minute = 0; minute < 16; minute++) await fixture.advance(60_000);
  assert.deepEqual(await asked.notification("mining.ping"), { id: 1, method: "mining.ping", params: [] });
  asked.send({ id: 1, result: "pong", error: null });
  await turns(5);
  for (let minute = 0; minute < 15; minute++) await fixture.advance(60_000);
  await quiet.closed();
  assert.equal(asked.socket.readyState, "open");
});

test("connections are bounded, in total and by address", async (t) => {
  const fixture = await start(t, { limits: { ...LIMITS, connections: 3 } });
  const clients = [await fixture.client(), await fixture.client(), await fixture.client()];
  for (const client of clients) await client.flush();
  await (await fixture.client()).closed();
  clients[0]!.socket.destroy();
  while (fixture.server.stats().connections > 2) await turns();
  assert.deepEqual(await (await fixture.client()).flush(), []);
});

test("more requests than allowed: reading pauses, and at last the connection is closed", async (t) => {
  const limits = { ...LIMITS, requestBurst: 20, requestsPerSecond: 10, overloadPauses: 2 };
  const fixture = await start(t, { limits });
  const client = await fixture.client();
  client.send('{"id":1,"method":"mining.ping"}\n'.repeat(100));
  for (let i = 0; i < 20; i++) await client.next();
  await turns(10);
  assert.equal(client.unread, 0);
  await fixture.advance(1000);
  for (let i = 0; i < 10; i++) await client.next();
  await fixture.advance(1000);
  let rest = 0;
  while ((await client.nextLine()) !== null) rest++;
  assert.equal(rest, 10);
});

test("a miner that sends mostly rubbish is closed, one that is late is not", async (t) => {
  const fixture = await start(t);
  fixture.source.shareTarget = MAX_256;
  fixture.source.answer = () => ({ kind: "rejected", code: 23, reason: "Low difficulty share" });
  const bad = await fixture.client();
  const { jobId } = await fixture.logIn(bad);
  const submit = { id: 1, method: "mining.submit", params: ["1Addr", jobId, "00000000", NTIME, "1"] };
  bad.send(`${JSON.stringify(submit)}\n`.repeat(300));
  let answers = 0;
  while ((await bad.nextLine()) !== null) answers++;
  assert.equal(answers, 100);
  fixture.source.answer = () => ({ kind: "pseudo", stale: true, hash: "00" });
  const late = await fixture.client();
  const login = await fixture.logIn(late);
  for (let i = 0; i < 150; i++) {
    const { error } = await late.request("mining.submit", ["1Addr", login.jobId, "00000000", NTIME, "1"]);
    assert.equal(error?.[1], "Stale");
  }
});

test("when the node stops, miners are told to come back", async (t) => {
  const fixture = await start(t);
  const [subscribed, silent] = [await fixture.client(), await fixture.client()];
  await fixture.logIn(subscribed);
  await silent.flush();
  fixture.server.stop();
  assert.deepEqual(await subscribed.notification("client.reconnect"), {
    id: null,
    method: "client.reconnect",
    params: [],
  });
  await subscribed.closed();
  assert.equal(await silent.nextLine(), null, "nothing before the reply to subscribe");
});

test("an address whose miners send rubbish again and again is banned", async (t) => {
  const bans = new Bans(LIMITS);
  const offences: string[] = [];
  bans.offended = (address) => {
    offences.push(address);
    return false;
  };
  const fixture = await start(t, { bans });
  const client = await fixture.client();
  await fixture.logIn(client);
  fixture.source.answer = () => ({ kind: "rejected", code: 23, reason: "Low difficulty share" });
  const submit = { id: 1, method: "mining.submit", params: ["1Addr", "1", "00000000", NTIME, "1"] };
  client.send(`${JSON.stringify(submit)}\n`.repeat(1100));
  await client.closed();
  assert.deepEqual(offences, ["127.0.0.1"], "once for a connection");
});

test("a miner that does not read gets no queue of jobs, and is cut off in the end", async (t) => {
  const fixture = await start(t);
  // Long jobs, so that the kernel's buffers are full soon.
  const prefix = new Uint8Array(150_000);
  const original = fixture.source.job.bind(fixture.source);
  fixture.source.job = (request) => {
    const job = original(request);
    return "refused" in job ? job : { ...job, coinbase: { ...job.coinbase, prefix } };
  };
  const socket = connect({ port: fixture.port, host: "127.0.0.1" });
  t.after(() => socket.destroy());
  await once(socket, "connect");
  socket.pause();
  socket.write('{"id":1,"method":"mining.subscribe"}\n{"id":2,"method":"mining.authorize","params":["1Addr"]}\n');
  while (fixture.server.stats().authorized === 0) await turns();
  const client = new LineClient(socket);
  socket.pause();
  let built = 0;
  for (let i = 0; i < 100; i++) {
    fixture.source.emit("tip");
    await turns();
    built = fixture.source.requests.length;
  }
  assert.ok(built < 60, `${built} jobs were made for a miner that reads nothing`);
  socket.resume();
  let last: Message | null = null;
  for (let i = 0; i < built + 3; i++) last = await client.next();
  assert.equal(fixture.source.requests.length, built + 1, "when there is room it gets one job, the newest");
  assert.equal(last?.params?.[8], true);

  socket.pause();
  for (let i = 0; i < 100; i++) {
    fixture.source.emit("tip");
    await turns();
  }
  for (let second = 0; second < 31; second++) await fixture.advance(1000);
  while (fixture.server.stats().connections > 0) await turns();
});

test("accepting: so many a second in total, slower for an address that comes again and again", () => {
  const admission = new Admission({ limits: LIMITS });
  for (let i = 0; i < 50; i++) assert.equal(admission.delayMs("127.0.0.1", 0), 0);
  assert.equal(admission.delayMs("127.0.0.1", 0), 20);
  assert.equal(admission.delayMs("127.0.0.1", 0), 40);
  assert.equal(admission.delayMs("127.0.0.1", 10_000), 0);
  const fresh = new Admission({ limits: LIMITS });
  let nowMs = 0;
  const delays: number[] = [];
  for (; nowMs < 12_000; nowMs += 100) delays.push(fresh.delayMs("192.0.2.1", nowMs));
  assert.deepEqual(delays.slice(0, 32), [...Array<number>(30).fill(0), 100, 200]);
  assert.equal(delays.at(-1), 5000);
  assert.equal(fresh.delayMs("192.0.2.2", nowMs), 0);
  assert.equal(fresh.delayMs("192.0.2.1", nowMs + 60_000), 0);
});

test("the request budget forgives after a calm time", () => {
  const limits = { ...LIMITS, requestBurst: 10, requestsPerSecond: 10, overloadPauses: 1 };
  const budget = new RequestBudget({ limits, nowMs: 0 });
  const verdicts = Array.from({ length: 11 }, () => budget.take(0));
  assert.deepEqual(verdicts.slice(8), ["go", "pause", "close"]);
  assert.equal(budget.take(5000), "go");
  for (let i = 0; i < 8; i++) budget.take(5000);
  assert.equal(budget.take(10_000), "go");
});

test("conduct: invalid ones count for ten minutes and against the valid ones", () => {
  const fresh = () => new SubmissionConduct({ limits: LIMITS });
  let conduct = fresh();
  for (let i = 0; i < 99; i++) assert.equal(conduct.note(true, i), false);
  assert.equal(conduct.note(true, 100), true);
  conduct = fresh();
  for (let i = 0; i < 1000; i++) assert.equal(conduct.note(i % 2 === 1, i), false, "half is not more than half");
  conduct = fresh();
  for (let i = 0; i < 1000; i++) assert.equal(conduct.note(true, i * 6100), false, "too seldom");
});

test("extranonces are unique, skip what is reserved or taken, and wrap around", () => {
  const space = new ExtranonceSpace({ after: 0xfffffefd });
  assert.equal(space.take(), 0xfffffefe);
  assert.equal(space.take(), 0xfffffeff);
  assert.equal(space.take(), 1);
  space.release(0xfffffefe);
  const again = new ExtranonceSpace({ after: 0xfffffefe });
  assert.equal(again.take(), 0xfffffeff);
  assert.deepEqual([...extranonceBytes(0xfffffeff)], [0xff, 0xff, 0xfe, 0xff]);
});

test("the rate of a steady miner is right from the first minute on", () => {
  const meter = new RateMeter({ spanMs: 150_000, nowMs: 0 });
  assert.equal(meter.rate(0), null);
  for (let second = 1; second <= 600; second++) {
    meter.add(1000, second * 1000);
    if (second >= 30) assert.ok(Math.abs(meter.rate(second * 1000)! - 1000) < 50, `${second}`);
  }
  assert.ok(meter.rate(1_200_000)! < 30);
});

test("worker statistics are bounded and forget the idle", () => {
  const table = new WorkerTable({ limits: { ...LIMITS, workerNames: 2 }, shareSeconds: 3 });
  table.open("a", 0).connections = 1;
  table.open("b", 1);
  table.open("c", 2);
  assert.deepEqual(
    [...table.all()].map(({ name }) => name),
    ["a", "c"],
  );
  table.expire(LIMITS.workerIdleMs + 3);
  assert.deepEqual(
    [...table.all()].map(({ name }) => name),
    ["a"],
  );
});
