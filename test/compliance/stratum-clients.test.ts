import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { difficultyToTarget, MAX_256 } from "../../src/core/compact.js";
import { coinbaseLimitOf } from "../../src/workers/coinbase-limits.js";
import { type LineClient, type Message, StratumFixture } from "../unit/workers/support/stratum.js";
import { EXAMPLE } from "../unit/workers/support/work-source.js";

/** Dialogues as real miners hold them, with what each of them insists on (spec/11 §8). */
async function start(t: TestContext, options: Parameters<typeof StratumFixture.start>[0] = {}) {
  const fixture = await StratumFixture.start(options);
  t.after(() => fixture.stop());
  fixture.source.shareTarget = MAX_256;
  return { fixture, client: await fixture.client() };
}

const NTIME = EXAMPLE.time.toString(16);

function assertReply(message: Message, id: unknown): void {
  assert.equal(message.method, undefined, "a notification where the miner waits for a reply");
  assert.deepEqual(message.id, id);
  assert.equal(message.error, null);
}

/** What cgminer and those derived from it accept while they wait for the authorize reply. */
const CGMINER_KNOWS = new Set([
  "mining.notify",
  "mining.set_difficulty",
  "client.show_message",
  "mining.ping",
  "mining.set_version_mask",
]);

async function firstJob(client: LineClient): Promise<{ difficulty: number; params: readonly unknown[] }> {
  const difficulty = await client.next();
  assert.equal(difficulty.method, "mining.set_difficulty", "the difficulty comes before the first job");
  const job = await client.next();
  assert.equal(job.method, "mining.notify");
  return { difficulty: difficulty.params![0] as number, params: job.params! };
}

test("cgminer: each next line is the reply; nested subscriptions; nothing exotic before the login", async (t) => {
  const { client, fixture } = await start(t);
  client.send({
    id: 0,
    method: "mining.configure",
    params: [["version-rolling"], { "version-rolling.mask": "ffffffff" }],
  });
  const configured = await client.next();
  assertReply(configured, 0);
  assert.equal((configured.result as Record<string, unknown>)["version-rolling"], true);
  client.send({ id: 1, method: "mining.subscribe", params: ["cgminer/4.12.1"] });
  const subscribed = await client.next();
  assertReply(subscribed, 1);
  const [subscriptions, extranonce1, size] = subscribed.result as [unknown[][], string, number];
  const notify = subscriptions.find((entry) => entry[0] === "mining.notify");
  assert.equal(typeof notify?.[1], "string", "cgminer looks for its session id in a nested list");
  assert.ok(extranonce1.length > 0 && size >= 2 && size <= 8);
  fixture.source.emit("tip");
  client.send({ id: 2, method: "mining.extranonce.subscribe", params: [] });
  client.send({ id: 3, method: "mining.authorize", params: ["bob", "x"] });
  assertReply(await client.next(), 2);
  for (let message = await client.next(); ; message = await client.next()) {
    if (message.method === undefined) {
      assertReply(message, 3);
      break;
    }
    assert.ok(CGMINER_KNOWS.has(message.method), message.method);
  }
  assert.equal((await client.next()).method, "client.show_message");
  const { difficulty, params } = await firstJob(client);
  assert.ok(difficulty > 0);
  client.send({
    id: 4,
    method: "mining.submit",
    params: ["bob", params[0], "00000000", NTIME, "12345678", "00002000"],
  });
  const reply = await client.next();
  assertReply(reply, 4);
  assert.equal(reply.result, true);
});

test("cgminer: never ninety seconds of silence, never two difficulties without a job between", async (t) => {
  const { client, fixture } = await start(t);
  fixture.source.shareTarget = difficultyToTarget(1e9);
  await fixture.logIn(client);
  let lastMethod = "mining.notify";
  for (let second = 0, silent = 0; second < 600; second++) {
    await fixture.advance(1000);
    const messages = await client.flush();
    silent = messages.length === 0 ? silent + 1 : 0;
    assert.ok(silent < 60);
    for (const { method } of messages) {
      assert.ok(method !== "mining.set_difficulty" || lastMethod !== "mining.set_difficulty");
      lastMethod = method!;
    }
  }
});

test("BFGMiner: string ids, suggestions without an id before subscribe, and a probe for transactions", async (t) => {
  const { client } = await start(t);
  client.send(
    '{"id":null,"method":"mining.suggest_target","params":["00000000ffff0000000000000000000000000000000000000000000000000000"]}\n' +
      '{"id":null,"method":"mining.suggest_difficulty","params":[16]}\n' +
      '{"id":null,"method":"mining.capabilities","params":[{"notify":[],"set_difficulty":{}}]}\n' +
      '{"id":0,"method":"mining.subscribe","params":["bfgminer/5.5.0"]}\n',
  );
  assertReply(await client.next(), 0);
  client.send({ id: "xnsub", method: "mining.extranonce.subscribe", params: [] });
  assertReply(await client.next(), "xnsub");
  client.send({ id: "auth", method: "mining.authorize", params: ["1Addr", ""] });
  assertReply(await client.next(), "auth");
  const { params } = await firstJob(client);
  client.send({ id: `txlist${params[0]}`, method: "mining.get_transactions", params: [params[0]] });
  const answer = await client.next();
  assert.equal(answer.id, `txlist${params[0]}`);
  assert.deepEqual(answer.error, [20, "Not supported.", null]);
});

test("cpuminer: constant ids, checked lengths, plain difficulties", async (t) => {
  const { client, fixture } = await start(t);
  fixture.source.shareTarget = difficultyToTarget(1e9);
  client.send({ id: 1, method: "mining.subscribe", params: ["cpuminer/2.5.1"] });
  const subscribed = await client.next();
  assertReply(subscribed, 1);
  const [, extranonce1, size] = subscribed.result as [unknown, string, number];
  assert.ok(extranonce1.length % 2 === 0 && size > 0 && size <= 100);
  client.send({ id: 2, method: "mining.authorize", params: ["1Addr", "x"] });
  assertReply(await client.next(), 2);
  const line = await client.nextLine();
  assert.equal(line, '{"id":null,"method":"mining.set_difficulty","params":[0.01]}');
  const [id, previous, , coinb2, branch, version, bits, time, clean] = (await client.next()).params!;
  assert.ok((id as string).length <= 8);
  assert.equal((previous as string).length, 64);
  assert.equal(coinb2, "00000000");
  for (const field of [version, bits, time]) assert.match(field as string, /^[0-9a-f]{8}$/);
  for (const hash of branch as string[]) assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal(typeof clean, "boolean");
  for (let i = 0; i < 3; i++) {
    client.send({ id: 4, method: "mining.submit", params: ["1Addr", id, "00000000", time, `0000000${i}`] });
    assert.equal((await client.next()).id, 4);
  }
});

test("ESP-Miner (Bitaxe): everything in one segment, no bit count, XORed version bits, a pong as a method", async (t) => {
  const { client, fixture } = await start(t);
  client.send(
    '{"id": 1, "method": "mining.configure", "params": [["version-rolling"], {"version-rolling.mask": "ffffffff"}]}\n' +
      '{"id": 2, "method": "mining.subscribe", "params": ["bitaxe/BM1370/v2.9.0"]}\n' +
      '{"id": 3, "method": "mining.authorize", "params": ["1Addr.bitaxe", "x"]}\n' +
      '{"id": 4, "method": "mining.suggest_difficulty", "params": [1000]}\n',
  );
  assertReply(await client.next(), 1);
  assertReply(await client.next(), 2);
  assertReply(await client.next(), 3);
  const { params } = await firstJob(client);
  assertReply(await client.next(), 4);
  assert.ok((params[4] as unknown[]).length <= 32);
  assert.equal(params.at(-1), true, "clean_jobs is the last parameter");
  const rolled = 0x20c06000;
  const xor = (rolled ^ Number.parseInt(params[5] as string, 16)) >>> 0;
  const submit = ["1Addr.bitaxe", params[0], "00000000", NTIME, "deadbeef", xor.toString(16).padStart(8, "0")];
  client.send({ id: 5, method: "mining.submit", params: submit });
  assert.equal((await client.next()).result, true);
  assert.equal(fixture.source.seen.at(-1)?.solution.version, rolled);
  client.send({ id: 1, method: "pong", params: [] });
  assert.deepEqual(await client.flush(), []);
});

test("NiceHash: its minimum difficulty before the first job", async (t) => {
  const { client, fixture } = await start(t);
  fixture.source.shareTarget = difficultyToTarget(1e9);
  client.send({ id: 1, method: "mining.configure", params: [["version-rolling", "subscribe-extranonce"], {}] });
  const configured = (await client.next()).result as Record<string, unknown>;
  assert.equal(configured["version-rolling"], true);
  assert.equal(configured["subscribe-extranonce"], true);
  client.send({ id: 2, method: "mining.subscribe", params: ["NiceHash/1.0.0"] });
  assert.ok(((await client.next()).result as [unknown, string, number])[2] >= 4);
  client.send({ id: 3, method: "mining.authorize", params: ["1Addr", "x"] });
  assertReply(await client.next(), 3);
  assert.ok((await firstJob(client)).difficulty >= 500_000);
});

test("a farm proxy: many names on one connection, one extranonce", async (t) => {
  const { client, fixture } = await start(t);
  const login = await fixture.logIn(client, "1Addr.first");
  for (let i = 0; i < 100; i++) {
    client.send({ id: i, method: "mining.authorize", params: [`1Addr.asic${i}`, "x"] });
    assertReply(await client.next(), i);
  }
  const submit = ["1Addr.asic42", login.jobId, "00000000", NTIME, "00000001"];
  assert.equal((await client.request("mining.submit", submit)).result, true);
  assert.equal(fixture.source.seen.at(-1)?.solution.worker, "1Addr.asic42");
  const { workers } = fixture.server.stats();
  assert.equal(workers.length, 101);
  assert.equal(workers.find(({ name }) => name === "1Addr.asic42")?.counts.accepted, 1);
});

test("Antminer stock firmware: extranonce.subscribe before authorize, jobs under short ids, versions rolled", async (t) => {
  const { client, fixture } = await start(t);
  client.send(
    '{"id": 1, "method": "mining.configure", "params": [["version-rolling"], {"version-rolling.mask": "1fffe000", "version-rolling.min-bit-count": 2}]}\n',
  );
  assertReply(await client.next(), 1);
  client.send('{"id": 2, "method": "mining.subscribe", "params": ["bmminer/2.0.0/Antminer S19/13500"]}\n');
  const subscribed = await client.next();
  assertReply(subscribed, 2);
  const [, extranonce1, size] = subscribed.result as [unknown, string, number];
  assert.ok(extranonce1.length === 8 && size <= 8, "it cannot submit more than eight bytes");
  client.send('{"id": 3, "method": "mining.extranonce.subscribe", "params": []}\n');
  client.send('{"id": 4, "method": "mining.authorize", "params": ["1Addr.s19", "123"]}\n');
  assertReply(await client.next(), 3);
  assertReply(await client.next(), 4);
  const { params } = await firstJob(client);
  assert.match(params[0] as string, /^[0-9a-f]{1,8}$/);
  assert.equal(Number.parseInt(params[5] as string, 16) & 0x20000000, 0x20000000, "jobs without bit 29 are rejected");
  client.send({
    id: 5,
    method: "mining.submit",
    params: ["1Addr.s19", params[0], "01000000", NTIME, "1a2b3c4d", "00c06000"],
  });
  assert.equal((await client.next()).result, true);
  assert.equal(fixture.source.seen.at(-1)?.solution.version, 0x20c06000);
});

test("Whatsminer: a full version instead of the bits, and upper-case hex", async (t) => {
  const { client, fixture } = await start(t);
  client.send({
    id: 1,
    method: "mining.configure",
    params: [["version-rolling"], { "version-rolling.mask": "1fffe000" }],
  });
  assertReply(await client.next(), 1);
  client.send({ id: 2, method: "mining.subscribe", params: ["whatsminer/v1.1"] });
  assertReply(await client.next(), 2);
  client.send({ id: 3, method: "mining.authorize", params: ["1Addr.m50", ""] });
  assertReply(await client.next(), 3);
  const { difficulty, params } = await firstJob(client);
  assert.ok(Number.isInteger(difficulty) || difficulty < 1);
  const submit = ["1Addr.m50", params[0], "0000000A", NTIME.toUpperCase(), "DEADBEEF", "20C06000"];
  assert.equal((await client.request("mining.submit", submit)).result, true);
  assert.equal(fixture.source.seen.at(-1)?.solution.version, 0x20c06000);
});

test("generation transactions that are too long for a miner are counted, with what it loses", async (t) => {
  const { client, fixture } = await start(t);
  const size = EXAMPLE.prefix.length + 12;
  const rows: readonly (readonly [userAgent: string, limit: number | null])[] = [
    ["NiceHash/1.0.0", 500],
    ["bmminer/2.0.0/Antminer S19 Pro/13500", 755],
    ["Antminer S21/Thu", 2250],
    ["bmminer/2.0.0/Antminer S19 (vnish 1.2.6)/1", 16_000],
    ["PowerPlay-BM/ePIC", 16_000],
    ["whatsminer/v1.1", 6500],
    ["bitaxe v2.1", 384],
    ["bitaxe/BM1370/v2.9.0", null],
    ["cgminer/4.12.1", null],
  ];
  for (const [userAgent, limit] of rows) assert.equal(coinbaseLimitOf(userAgent)?.bytes ?? null, limit, userAgent);

  fixture.source.coinbasePrefix = new Uint8Array(755 - 12 + 1);
  client.send({ id: 1, method: "mining.subscribe", params: ["bmminer/2.0.0/Antminer S19 Pro/13500"] });
  client.send({ id: 2, method: "mining.authorize", params: ["1Addr.s19", "x"] });
  const { params } = await client.notification("mining.notify");
  fixture.source.answer = () => ({ kind: "rejected", code: 23, reason: "Low difficulty share" });
  for (let i = 0; i < 3; i++)
    await client.request("mining.submit", ["1Addr.s19", params![0], "00000000", NTIME, `${i}`]);
  const [worker] = fixture.server.stats().workers;
  assert.deepEqual(
    { ...worker?.coinbase, lostHashes: undefined },
    { device: "Antminer S17 to S19", bytes: 755, size: 756, jobs: 1, lostSolutions: 3, lostHashes: undefined },
  );
  assert.ok(worker!.coinbase!.lostHashes >= 3);

  fixture.source.coinbasePrefix = new Uint8Array(755 - 12);
  const other = await fixture.client();
  other.send({ id: 1, method: "mining.subscribe", params: ["bmminer/2.0.0/Antminer S19 Pro/13500"] });
  other.send({ id: 2, method: "mining.authorize", params: ["1Addr.short", "x"] });
  fixture.source.emit("tip");
  await other.notification("mining.notify");
  assert.equal(fixture.server.stats().workers.find(({ name }) => name === "1Addr.short")?.coinbase, null);
  assert.ok(size < 384, "the example fits everybody");
});

test("NerdMiner: starts where a microcontroller can keep up", async (t) => {
  const { client, fixture } = await start(t);
  fixture.source.shareTarget = difficultyToTarget(1e9);
  client.send('{"id": 1, "method": "mining.subscribe", "params": ["NerdMinerV2"]}\n');
  assertReply(await client.next(), 1);
  client.send('{"id": 2, "method": "mining.authorize", "params": ["1Addr.nerd", "x"]}\n');
  assertReply(await client.next(), 2);
  client.send('{"id": 3, "method": "mining.suggest_difficulty", "params": [1e-4]}\n');
  const { difficulty } = await firstJob(client);
  assert.ok(difficulty >= 0.001 && difficulty <= 0.01);
});
