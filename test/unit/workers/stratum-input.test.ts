import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { MAX_256 } from "../../../src/core/compact.js";
import { LIMITS } from "../../../src/workers/limits.js";
import { type LineClient, type Login, StratumFixture, turns } from "./support/stratum.js";
import { EXAMPLE } from "./support/work-source.js";

/** Required behaviour against bad input, by the rows of spec/11 §7. */
async function start(t: TestContext, options: Parameters<typeof StratumFixture.start>[0] = {}) {
  const fixture = await StratumFixture.start(options);
  t.after(() => fixture.stop());
  return fixture;
}

async function loggedIn(
  t: TestContext,
  options: Parameters<typeof StratumFixture.start>[0] = {},
): Promise<{ fixture: StratumFixture; client: LineClient; login: Login }> {
  const fixture = await start(t, options);
  fixture.source.shareTarget = MAX_256;
  const client = await fixture.client();
  return { fixture, client, login: await fixture.logIn(client) };
}

const NTIME = EXAMPLE.time.toString(16);
const PARSE_ERROR = { id: null, result: null, error: [-32700, "Parse error", null] };

test("rows 1 and 2: what is no JSON object is answered once, and closes after five in a row", async (t) => {
  const fixture = await start(t);
  for (const line of ["nonsense", "[]", "5", '"text"', "null", '{"id":1,', '[{"id":1,"method":"mining.ping"}]']) {
    const client = await fixture.client();
    client.send(`${line}\n${line}\n${line}\n${line}\n`);
    assert.deepEqual(await client.next(), PARSE_ERROR, line);
    assert.deepEqual(await client.flush(), [], "a good line in between starts the count again");
    client.send(`${line}\n`.repeat(4));
    assert.deepEqual(await client.next(), PARSE_ERROR);
    client.send(`${line}\n`);
    assert.equal(await client.nextLine(), null);
  }
});

test("rows 3 to 5: no method, strange methods and strange parameters", async (t) => {
  const client = await (await start(t)).client();
  for (const [line, answered] of [
    ['{"id":7}', "7"],
    ['{"id":null}', "null"],
    ["{}", null],
    ['{"id":7,"method":5}', "7"],
    ['{"id":7,"method":null,"params":[]}', "7"],
    ['{"id":7,"method":"mining.ping","params":{"a":1}}', "7"],
    ['{"id":7,"method":"mining.ping","params":"x"}', "7"],
    ['{"id":null,"method":"mining.suggest_target","params":{}}', null],
    ['{"method":"mining.subscribe","params":{}}', "null"],
  ] as const) {
    client.send(`${line}\n`);
    const before = await client.flush();
    if (answered === null) assert.deepEqual(before, [], line);
    else
      assert.deepEqual(
        before,
        [{ id: JSON.parse(answered), result: null, error: [-32600, "Invalid request", null] }],
        line,
      );
  }
  client.send('{"id":8,"method":"mining.ping"}\n');
  assert.deepEqual(await client.next(), { id: 8, result: "pong", error: null });
});

test("rows 6 and 7: missing parameters are named, numbers become text where that is clear", async (t) => {
  const { client, login } = await loggedIn(t);
  const good = ["1Addr", login.jobId, "01000000", NTIME, "00000001"];
  const names = ["worker", "job id", "extranonce2", "ntime", "nonce"];
  for (let length = 0; length < 5; length++) {
    const { error, result } = await client.request("mining.submit", good.slice(0, length));
    assert.equal(result, false);
    assert.deepEqual(error, [20, `Missing ${names[length]}`, null]);
  }
  for (const [index, value] of [
    [0, null],
    [0, true],
    [1, {}],
    [2, 1000000],
    [3, 5],
    [4, false],
    [5, 7],
    [5, true],
  ] as const) {
    const params: unknown[] = [...good];
    params[index] = value;
    const { error } = await client.request("mining.submit", params);
    assert.equal(error?.[0], 20, `${index} ${value}`);
  }
  assert.equal((await client.request("mining.submit", [5, Number(login.jobId), ...good.slice(2)])).result, true);
  assert.deepEqual((await client.request("mining.authorize", [])).error, [20, "Missing username", null]);
  assert.equal((await client.request("mining.authorize", [null])).error?.[0], 20);
  assert.equal((await client.request("mining.authorize", [12345, "x"])).result, true);
  assert.equal((await client.request("mining.configure", [])).error?.[0], 20);
  assert.equal((await client.request("mining.configure", ["version-rolling"])).error?.[0], 20);
  assert.equal((await client.request("mining.suggest_difficulty", [])).error?.[0], 20);
});

test("rows 8 and 9: every form of id comes back as it was sent", async (t) => {
  const client = await (await start(t)).client();
  for (const id of [
    "0",
    "-1",
    "1.0",
    "1e3",
    "12345678901234567890123",
    "true",
    "false",
    "null",
    '"auth"',
    '""',
    '"\\u00e9\\n\\""',
    '{"a":[1,{"id":5}]}',
    "[]",
    '[1,"}",{}]',
    `[${"1,".repeat(126)}1]`,
  ]) {
    client.send(`{"params":[],"x":{"id":9}, "id" : ${id} ,"method":"mining.subscribe"}\n`);
    const line = await client.nextLine();
    const sent = id === '"\\u00e9\\n\\""' ? '"é\\n\\""' : id;
    assert.ok(line?.startsWith(`{"id":${sent},"result":[[[`), `${id}: ${line}`);
  }
  const large = `["${"x".repeat(252)}"]`;
  client.send(`{"id":${large},"method":"mining.subscribe"}\n{"method":"mining.subscribe"}\n`);
  for (let i = 0; i < 2; i++) assert.ok((await client.nextLine())?.startsWith('{"id":null,"result":[[['));
});

test("row 10: a line too long, with its end or without one, closes the connection", async (t) => {
  const fixture = await start(t);
  const ping = (length: number): string => {
    const line = '{"id":1,"method":"mining.ping","x":""}';
    return line.replace('""', `"${"x".repeat(length - line.length)}"`);
  };
  const fits = await fixture.client();
  fits.send(`${ping(LIMITS.lineBytes)}\r\n`);
  assert.equal((await fits.next()).result, "pong");
  for (const text of [`${ping(LIMITS.lineBytes + 1)}\n`, "x".repeat(LIMITS.lineBytes + 2), "x".repeat(200_000)]) {
    const client = await fixture.client();
    client.send(text);
    assert.equal(await client.nextLine(), null);
  }
  assert.deepEqual(await fits.flush(), [], "the other connection has not noticed");
});

test("rows 11 and 12: broken UTF-8 is replaced; binary garbage is answered and closed", async (t) => {
  const fixture = await start(t);
  const client = await fixture.client();
  await client.request("mining.subscribe");
  client.send(Buffer.from('{"id":1,"method":"mining.authorize","params":["1Addr\xff","x"]}\n', "latin1"));
  assert.equal((await client.next()).result, true);
  const text = (await client.next()).params![0] as string;
  assert.match(text, /not UTF-8/);
  await client.notification("mining.notify");
  assert.equal(fixture.source.requests.at(-1)?.payee, null);
  for (const garbage of [Buffer.from([0x7b, 0x00, 0x01, 0x02, 0x0a]), Buffer.from([0x7b, 0xff, 0xfe, 0x0a])]) {
    const other = await fixture.client();
    other.send(garbage);
    assert.deepEqual(await other.next(), PARSE_ERROR);
    assert.equal(await other.nextLine(), null);
  }
});

test("row 13: a repeated subscribe keeps the extranonce and sends difficulty and job again; the last authorize counts", async (t) => {
  const { client, fixture, login } = await loggedIn(t);
  await fixture.advance(1000);
  const { result } = await client.request("mining.subscribe", ["other", "old session"]);
  assert.equal((result as unknown[])[1], login.extranonce1);
  assert.equal((await client.next()).method, "mining.set_difficulty");
  const again = await client.next();
  assert.equal(again.method, "mining.notify");
  assert.notEqual(again.params![0], login.jobId);
  await fixture.advance(1000);
  await client.request("mining.authorize", ["1Other.x"]);
  const job = await client.notification("mining.notify");
  assert.equal(job.params![8], true, "the old work pays somebody else");
  assert.equal(fixture.source.requests.at(-1)?.payee, "1Other");
  assert.equal(fixture.server.stats().authorized, 1);
});

test("rows 14 and 15: submissions before subscribe and before authorize", async (t) => {
  const fixture = await start(t);
  fixture.source.shareTarget = MAX_256;
  const client = await fixture.client();
  const params = ["1Addr", "1", "01000000", NTIME, "00000001"];
  assert.deepEqual((await client.request("mining.submit", params)).error, [25, "Not subscribed", null]);
  await client.request("mining.subscribe");
  assert.deepEqual((await client.request("mining.submit", params)).error, [21, "Job not found", null]);
  await fixture.advance(3000);
  const notify = await client.notification("mining.notify");
  params[1] = notify.params![0] as string;
  assert.equal((await client.request("mining.submit", params)).result, true);
  assert.equal(fixture.source.seen[0]?.solution.worker, "");

  const strict = await start(t, { invalidPayee: "reject" });
  const stranger = await strict.client();
  await stranger.request("mining.subscribe");
  assert.deepEqual((await stranger.request("mining.submit", params)).error, [24, "Unauthorized worker", null]);
  const refused = await stranger.request("mining.authorize", ["bob", "x"]);
  assert.equal(refused.result, false);
  assert.deepEqual(refused.error, [24, "not an address", null]);
  await strict.advance(4000);
  assert.deepEqual(await stranger.flush(), [], "no work for whoever is not authorised");
});

test("row 16: a hundred unknown jobs in a row bring a fresh one, a thousand close", async (t) => {
  const { client, fixture } = await loggedIn(t, { limits: { ...LIMITS, requestBurst: 5000 } });
  await fixture.advance(1000);
  const submit = `${JSON.stringify({ id: 9, method: "mining.submit", params: ["1Addr", "ffffff", "01000000", NTIME, "01"] })}\n`;
  client.send(submit.repeat(99));
  for (let i = 0; i < 99; i++) {
    const { error, "reject-reason": reason } = await client.next();
    assert.deepEqual(error, [21, "Job not found", null]);
    assert.equal(reason, "Job not found");
  }
  assert.deepEqual(await client.flush(), []);
  client.send(submit);
  await client.next();
  const fresh = await client.next();
  assert.equal(fresh.method, "mining.notify");
  assert.equal(fresh.params![8], true);
  client.send(submit.repeat(900));
  let answers = 0;
  while ((await client.nextLine()) !== null) answers++;
  assert.ok(answers >= 900);
});

test("rows 17 to 20: fields that do not fit the job", async (t) => {
  const { client, fixture, login } = await loggedIn(t);
  fixture.source.minTime = EXAMPLE.time - 100;
  fixture.source.emit("block");
  const job = (await client.notification("mining.notify")).params![0];
  const submit = (extranonce2: unknown, ntime: unknown, nonce: unknown, ...bits: unknown[]) =>
    client.request("mining.submit", ["1Addr", job, extranonce2, ntime, nonce, ...bits]);
  const hex = (time: number): string => time.toString(16);
  for (const [reason, ...params] of [
    ["Invalid extranonce2 length", "010000", NTIME, "1"],
    ["Invalid extranonce2 length", "0100000000", NTIME, "1"],
    ["Invalid extranonce2 length", "", NTIME, "1"],
    ["Invalid extranonce2", "0100000g", NTIME, "1"],
    ["time-too-old", "01000000", hex(EXAMPLE.time - 101), "1"],
    ["time-too-new", "01000000", hex(EXAMPLE.time + 7201), "1"],
    ["Invalid ntime length", "01000000", `0${NTIME}`, "1"],
    ["Invalid ntime", "01000000", "0x1234", "1"],
    ["Invalid nonce length", "01000000", NTIME, "123456789"],
    ["Invalid nonce length", "01000000", NTIME, ""],
    ["Invalid nonce", "01000000", NTIME, "1g"],
    ["Invalid nonce", "01000000", NTIME, "-1"],
    ["Invalid version mask", "01000000", NTIME, "1", "00c00000"],
    ["Invalid version bits", "01000000", NTIME, "1", "123456789"],
  ]) {
    assert.deepEqual((await submit(...(params as [string, string, string]))).error, [20, reason, null], reason);
  }
  assert.equal((await submit("01000000", hex(EXAMPLE.time - 100), "1")).result, true);
  assert.equal((await submit("01000000", hex(EXAMPLE.time + 7200), "1")).result, true);
  assert.equal((await submit("0A00000b", NTIME, "ABcd")).result, true);
  const { solution } = fixture.source.seen.at(-1)!;
  assert.deepEqual([...solution.extranonce.slice(4)], [0x0a, 0, 0, 0x0b]);
  assert.equal(solution.nonce, 0xabcd);
  assert.equal((await submit("01000000", NTIME, "2", "20000000")).result, true, "a full version, not rolled");
  assert.equal(login.notify[5], "20000000");
});

test("rows 21 to 23: duplicates, low hashes and late work", async (t) => {
  const { client, fixture, login } = await loggedIn(t);
  const other = await fixture.client();
  const otherJob = (await fixture.logIn(other)).jobId;
  const submit = (from: LineClient, jobId: string, nonce: string) =>
    from.request("mining.submit", ["1Addr", jobId, "01000000", NTIME, nonce]);
  assert.equal((await submit(client, login.jobId, "1")).result, true);
  assert.deepEqual((await submit(client, login.jobId, "1")).error, [22, "Duplicate share", null]);
  assert.equal((await submit(other, otherJob, "1")).result, true, "another extranonce is another header");
  fixture.source.answer = () => ({ kind: "rejected", code: 23, reason: "Low difficulty share" });
  assert.deepEqual((await submit(client, login.jobId, "2")).error, [23, "Low difficulty share", null]);
  fixture.source.answer = null;
  fixture.source.emit("tip");
  assert.equal((await submit(client, login.jobId, "3")).result, true, "within the grace of a second");
  await fixture.advance(1001);
  assert.deepEqual((await submit(client, login.jobId, "4")).error, [21, "Stale", null]);
  assert.equal(fixture.source.seen.at(-1)?.solution.nonce, 4, "it was judged all the same: it may be a block");
  const [worker] = fixture.server.stats().workers;
  assert.deepEqual(worker?.counts, { accepted: 3, stale: 1, duplicate: 1, low: 1, invalid: 0 });
});

test("row 24: ten thousand lines at once are answered in order, and others get their turn", async (t) => {
  const { client, fixture } = await loggedIn(t, { limits: { ...LIMITS, requestBurst: 1_000_000 } });
  const other = await fixture.client();
  const lines = Array.from({ length: 10_000 }, (_, id) => `{"id":${id},"method":"mining.ping"}\n`).join("");
  client.send(lines);
  await turns();
  assert.deepEqual(await other.flush(), []);
  assert.ok(client.unread < 10_000, "the other one did not wait for all of them");
  for (let id = 0; id < 10_000; id++) assert.equal((await client.next()).id, id);
});

test("row 30: a half-closed miner gets its replies", async (t) => {
  const { client, login } = await loggedIn(t);
  const submit = (nonce: number) => ({
    id: nonce,
    method: "mining.submit",
    params: ["1Addr", login.jobId, "01000000", NTIME, nonce.toString(16)],
  });
  client.socket.end(Array.from({ length: 250 }, (_, nonce) => `${JSON.stringify(submit(nonce))}\n`).join(""));
  let answers = 0;
  while ((await client.nextLine()) !== null) answers++;
  assert.equal(answers, 250);
});

test("row 32: what miners say about themselves is cut and cleaned", async (t) => {
  const fixture = await start(t);
  const client = await fixture.client();
  await client.request("mining.subscribe", [`agent\u0000\u001b[31m${"x".repeat(1000)}`]);
  await client.request("mining.authorize", [`1Addr.<b>\u0007\u202810${"y".repeat(200)}`]);
  const [worker] = fixture.server.stats().workers;
  assert.equal(worker?.userAgent, `agent[31m${"x".repeat(55)}`);
  assert.equal(worker?.name, `1Addr.<b>10${"y".repeat(53)}`);
  assert.deepEqual((await client.request("mining.authorize", ["1".repeat(257)])).error, [
    20,
    "Username too long",
    null,
  ]);
});

test("row 33: absurd difficulties in the user name", async (t) => {
  const fixture = await start(t);
  fixture.source.shareTarget = 1n << 200n;
  fixture.source.pseudoTarget = 0xffffn << 200n;
  for (const [name, difficulty] of [
    ["1Addr+0", 0.001],
    ["1Addr+0.000001", 0.001],
    ["1Addr+4096", 4096],
    ["1Addr+1e15", 16_776_960],
    ["1Addr+1e16", 256],
    ["1Addr+-5", 256],
    ["1Addr+nan", 256],
  ] as const) {
    const client = await fixture.client();
    assert.equal((await fixture.logIn(client, name)).difficulty, difficulty, name);
    client.socket.destroy();
    while (fixture.server.stats().connections > 0) await turns();
    await fixture.advance(3_700_000);
  }
});

test("unknown methods with an id are answered, without one ignored; a pong is never answered", async (t) => {
  const client = await (await start(t)).client();
  for (const method of [
    "mining.capabilities",
    "eth_submitHashrate",
    "client.get_version",
    "__proto__",
    "constructor",
  ]) {
    assert.deepEqual((await client.request(method)).error, [-3, "Method not found", null]);
    client.send({ id: null, method, params: [] });
  }
  client.send({ id: 5, method: "pong", params: [] });
  client.send({ id: 1, result: true, error: null });
  client.send({ id: 1, error: [1, "x", null], method: "mining.ping" });
  client.send({ id: null, method: "mining.suggest_difficulty", params: [100] });
  client.send({ id: null, method: "mining.get_transactions", params: ["1"] });
  assert.deepEqual(await client.flush(), []);
  assert.deepEqual((await client.request("mining.get_transactions", ["1"])).error, [20, "Not supported.", null]);
  assert.equal((await client.request("mining.extranonce.subscribe")).result, true);
});

test("a miner that has not said what it is is asked, once it is at work", async (t) => {
  const fixture = await start(t);
  const client = await fixture.client();
  await client.request("mining.subscribe", []);
  await client.request("mining.authorize", ["1Addr", "x"]);
  await client.notification("mining.notify");
  await fixture.advance(1000);
  assert.deepEqual(await client.flush(), []);
  await fixture.advance(10_000);
  const question = await client.next();
  assert.equal(question.method, "client.get_version");
  client.send({ id: 99, result: "not asked for", error: null });
  client.send({ id: question.id, result: "sgminer/5.1\u0007", error: null });
  await client.flush();
  assert.equal(fixture.server.stats().workers[0]?.userAgent, "sgminer/5.1");
  await fixture.advance(10_000);
  assert.deepEqual(await client.flush(), [], "once");
});

test("a failure of our own is answered and ends nothing", async (t) => {
  const { client, fixture, login } = await loggedIn(t);
  fixture.source.answer = () => {
    throw new Error("our mistake");
  };
  const params = ["1Addr", login.jobId, "01000000", NTIME, "1"];
  assert.deepEqual((await client.request("mining.submit", params)).error, [20, "Internal error", null]);
  fixture.source.answer = null;
  assert.equal((await client.request("mining.submit", params)).result, true);
});
