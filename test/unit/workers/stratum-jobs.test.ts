import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { difficultyToTarget, MAX_256 } from "../../../src/core/compact.js";
import { LIMITS } from "../../../src/workers/limits.js";
import { Difficulties } from "../../../src/workers/stratum/difficulties.js";
import { type LineClient, StratumFixture, turns } from "./support/stratum.js";
import { EXAMPLE } from "./support/work-source.js";

/** Jobs, difficulties and their order (spec/11 §4.1, §4.3, §4.4; spec/10 §9.3), on virtual time. */
async function start(t: TestContext, options: Parameters<typeof StratumFixture.start>[0] = {}) {
  const fixture = await StratumFixture.start(options);
  t.after(() => fixture.stop());
  return fixture;
}

const NTIME = EXAMPLE.time.toString(16);
const methods = (messages: readonly { method?: string }[]) => messages.map(({ method }) => method);

test("nothing but replies before the reply to subscribe, whatever happens meanwhile", async (t) => {
  const fixture = await start(t);
  const client = await fixture.client();
  assert.deepEqual(await client.flush(), []);
  fixture.source.emit("block");
  await fixture.advance(5000);
  client.send({ id: null, method: "mining.suggest_target", params: ["00".repeat(4) + "ff".repeat(28)] });
  assert.equal((await client.request("mining.authorize", ["1Addr"])).result, true);
  fixture.source.emit("tip");
  await fixture.advance(5000);
  assert.deepEqual(await client.flush(), []);
  client.send({ id: 1, method: "mining.subscribe" });
  assert.equal((await client.next()).id, 1);
  assert.deepEqual(methods(await client.flush()), ["mining.set_difficulty", "mining.notify"]);
});

test("a subscribed miner that does not authorise gets work for the fallback payee after three seconds", async (t) => {
  const fixture = await start(t);
  const client = await fixture.client();
  await client.request("mining.subscribe");
  await fixture.advance(2999);
  assert.deepEqual(await client.flush(), []);
  await fixture.advance(1001);
  assert.deepEqual(methods(await client.flush()), ["mining.set_difficulty", "mining.notify"]);
  assert.equal(fixture.source.requests.at(-1)?.payee, null);
  fixture.source.emit("tip");
  await turns();
  assert.deepEqual(methods(await client.flush()), ["mining.notify"]);
  await client.request("mining.authorize", ["1Addr"]);
  const job = await client.notification("mining.notify");
  assert.equal(job.params![8], true);
  assert.equal(fixture.source.requests.at(-1)?.payee, "1Addr");
});

test("clean_jobs follows the reason of the job", async (t) => {
  const fixture = await start(t);
  const client = await fixture.client();
  const login = await fixture.logIn(client);
  assert.equal(login.notify[8], true);
  for (const [reason, clean] of [
    ["refresh", false],
    ["tip", true],
    ["refresh", false],
    ["block", true],
  ] as const) {
    fixture.source.emit(reason);
    assert.equal((await client.notification("mining.notify")).params![8], clean, reason);
  }
  // Two events in one turn are one job, and the tip's part of them is not forgotten.
  fixture.source.emit("tip");
  fixture.source.emit("refresh");
  assert.equal((await client.notification("mining.notify")).params![8], true);
  assert.deepEqual(await client.flush(), []);
});

test("a share's target is another with every share, and only who wants more than a share notices", async (t) => {
  const fixture = await start(t);
  fixture.source.shareTarget = difficultyToTarget(1000);
  const [small, large] = [await fixture.client(), await fixture.client()];
  await fixture.logIn(small, "1Addr+100");
  await fixture.logIn(large, "1Addr+5000");
  const wanted = t.mock.method(Difficulties.prototype, "wanted");
  for (const share of [1100, 900, 1000, 7000, 8000]) {
    fixture.source.shareTarget = difficultyToTarget(share);
    fixture.source.emit("tip");
    assert.deepEqual(methods([await small.next()]), ["mining.notify"]);
    const [difficulty, ...rest] = await large.flush();
    if (share === 8000) assert.equal(difficulty?.method, "mining.notify");
    else assert.deepEqual(difficulty?.params, [Math.min(share, 5000)]);
    assert.equal(rest.length, share === 8000 ? 0 : 1);
  }
  assert.equal(wanted.mock.callCount(), 0);
});

test("after thirty seconds the job is sent again, under another id, with the time of now and not clean", async (t) => {
  const fixture = await start(t);
  const client = await fixture.client();
  const first = await fixture.logIn(client);
  await fixture.advance(29_000);
  assert.deepEqual(await client.flush(), []);
  await fixture.advance(1000);
  // A silent miner has become easier meanwhile, which comes right before its job.
  const sent = await client.flush();
  const again = sent.at(-1)!.params!;
  assert.notEqual(again[0], first.jobId);
  assert.equal(again[7], (EXAMPLE.time + 30).toString(16));
  assert.equal(again[8], false);
  assert.equal(again[2], first.notify[2]);
  assert.equal(first.notify[7], NTIME);
});

test("connections with the same payee share one line; others, and those that know it, get another", async (t) => {
  const fixture = await start(t);
  const clients = await Promise.all(Array.from({ length: 4 }, () => fixture.client()));
  for (const [i, client] of clients.entries()) await fixture.logIn(client, i === 3 ? "1Other" : `1Addr.rig${i}`);
  fixture.source.emit("tip");
  const lines = await Promise.all(clients.map((client) => client.nextLine()));
  assert.equal(lines[0], lines[1]);
  assert.equal(lines[0], lines[2]);
  assert.notEqual(lines[0], lines[3]);
  const seen = new Set(lines.map((line) => JSON.parse(line!).params[0]));
  await fixture.advance(30_000);
  for (const client of clients) {
    const id = (await client.notification("mining.notify")).params![0];
    assert.ok(!seen.has(id), "some devices ignore an id that they have had");
  }
  const extranonces = new Set<unknown>();
  for (const client of clients) {
    extranonces.add(((await client.request("mining.subscribe")).result as unknown[])[1]);
  }
  assert.equal(extranonces.size, 4);
});

test("difficulty is sent before the job it belongs to, and only when it changes", async (t) => {
  const fixture = await start(t);
  fixture.source.shareTarget = difficultyToTarget(1e9);
  fixture.source.pseudoTarget = difficultyToTarget(1024);
  const client = await fixture.client();
  assert.equal((await fixture.logIn(client)).difficulty, 1024);
  fixture.source.emit("tip");
  await turns();
  assert.deepEqual(methods(await client.flush()), ["mining.notify"]);
  assert.equal((await client.request("mining.suggest_difficulty", [64])).result, true);
  assert.deepEqual(await client.flush(), [], "it waits for the next job");
  fixture.source.emit("tip");
  await turns();
  const [difficulty, job, ...rest] = await client.flush();
  assert.deepEqual(difficulty?.params, [64]);
  assert.equal(job?.method, "mining.notify");
  assert.deepEqual(rest, []);
  await client.request("mining.suggest_difficulty", ["128"]);
  fixture.source.emit("tip");
  await turns();
  assert.deepEqual(methods(await client.flush()), ["mining.notify"], "one change in ten seconds");
});

test("start values: user name, password, suggestion, last difficulty, user agent, the node's guess", async (t) => {
  const fixture = await start(t);
  fixture.source.shareTarget = difficultyToTarget(1e9);
  fixture.source.pseudoTarget = difficultyToTarget(4096);
  const difficultyOf = async (login: {
    agent?: string;
    suggestion?: number;
    name: string;
    password?: string;
  }): Promise<unknown> => {
    const client = await fixture.client();
    await client.request("mining.subscribe", [login.agent ?? "x"]);
    if (login.suggestion !== undefined) await client.request("mining.suggest_difficulty", [login.suggestion]);
    await client.request("mining.authorize", [login.name, login.password ?? "x"]);
    const { params } = await client.notification("mining.set_difficulty");
    client.socket.destroy();
    while (fixture.server.stats().connections > 0) await turns();
    await fixture.advance(1000);
    return params![0];
  };
  const all = { agent: "bitaxe/BM1370/v2", suggestion: 300, password: "d=200,x", name: "1A+100" };
  assert.equal(await difficultyOf(all), 100);
  assert.equal(await difficultyOf({ ...all, name: "1B" }), 200);
  assert.equal(await difficultyOf({ ...all, name: "1C", password: "x" }), 300);
  assert.equal(await difficultyOf({ name: "1D", agent: all.agent }), 1000);
  assert.equal(await difficultyOf({ name: "1E" }), 4096);
  assert.equal(await difficultyOf({ name: "1F", agent: "NiceHash/1.0.0", suggestion: 1 }), 524_288);
  assert.equal(await difficultyOf({ name: "1G", agent: "NerdMinerV2" }), 0.001);
});

test("the operator's start and highest difficulty", async (t) => {
  const fixture = await StratumFixture.start({ startDifficulty: 64, maxDifficulty: 100 });
  t.after(() => fixture.stop());
  fixture.source.shareTarget = difficultyToTarget(1e9);
  assert.equal((await fixture.logIn(await fixture.client())).difficulty, 64);
  assert.equal((await fixture.logIn(await fixture.client(), "1Addr+5000")).difficulty, 100);
});

test("a miner that comes back starts where it was", async (t) => {
  const fixture = await start(t);
  fixture.source.shareTarget = difficultyToTarget(1e9);
  fixture.source.answer = ({ nonce }) => ({ kind: "pseudo", stale: false, hash: String(nonce) });
  const client = await fixture.client();
  const login = await fixture.logIn(client, "1Addr.rig");
  await client.request("mining.submit", ["1Addr.rig", login.jobId, "00000000", NTIME, "1"]);
  await fixture.advance(1000);
  fixture.source.pseudoTarget = difficultyToTarget(77);
  client.socket.destroy();
  while (fixture.server.stats().connections > 0) await turns();
  assert.equal((await fixture.logIn(await fixture.client(), "1Addr.rig")).difficulty, login.difficulty);
  assert.equal(
    (await fixture.logIn(await fixture.client(), "1New")).difficulty,
    38,
    "half of the node's guess for two",
  );
});

test("vardiff: a fast miner gets a new difficulty with a job of the same work, not clean, and is judged by job", async (t) => {
  const fixture = await start(t);
  fixture.source.shareTarget = difficultyToTarget(1e9);
  fixture.source.pseudoTarget = difficultyToTarget(1);
  const client = await fixture.client();
  const login = await fixture.logIn(client);
  fixture.source.answer = ({ nonce }) => ({ kind: "pseudo", stale: false, hash: String(nonce) });
  let nonce = 0;
  const submit = (job: unknown) =>
    client.send({ id: 1, method: "mining.submit", params: ["1Addr", job, "00000000", NTIME, (++nonce).toString(16)] });
  await fixture.advance(1000);
  for (let i = 0; i < 30; i++) submit(login.jobId);
  const messages = await client.flush();
  const changed = messages.filter(({ method }) => method !== undefined);
  assert.deepEqual(methods(changed), ["mining.set_difficulty", "mining.notify"]);
  assert.equal(changed[0]!.params![0], 8);
  assert.equal(changed[1]!.params![8], false);
  assert.notEqual(changed[1]!.params![0], login.jobId);
  submit(login.jobId);
  submit(changed[1]!.params![0]);
  await client.flush();
  const [before, after] = fixture.source.seen.slice(-2);
  assert.equal(before?.solution.pseudoTarget, difficultyToTarget(1));
  assert.equal(after?.solution.pseudoTarget, difficultyToTarget(8));
});

test("a difficulty that was lowered since counts for older jobs too", async (t) => {
  const fixture = await start(t);
  fixture.source.shareTarget = difficultyToTarget(1e9);
  fixture.source.pseudoTarget = difficultyToTarget(64);
  const client = await fixture.client();
  const login = await fixture.logIn(client);
  fixture.source.answer = ({ easedTarget = 0n }) =>
    easedTarget < difficultyToTarget(32)
      ? { kind: "rejected", code: 23, reason: "Low difficulty share" }
      : { kind: "pseudo", stale: false, hash: "00", isEased: true };
  const submit = () => client.request("mining.submit", ["1Addr", login.jobId, "00000000", NTIME, "1"]);
  assert.equal((await submit()).error?.[0], 23);
  await fixture.advance(60_000);
  assert.equal((await client.notification("mining.set_difficulty")).params![0], 32);
  assert.equal((await submit()).result, true);
  const { easedTarget, pseudoTarget } = fixture.source.seen.at(-1)!.solution;
  assert.deepEqual([easedTarget, pseudoTarget], [difficultyToTarget(32), difficultyToTarget(64)]);
});

test("a difficulty is never harder than a share, and changes with the share's", async (t) => {
  const fixture = await start(t);
  fixture.source.shareTarget = difficultyToTarget(500);
  const client = await fixture.client();
  assert.equal((await fixture.logIn(client, "1Addr+100000")).difficulty, 500);
  fixture.source.shareTarget = difficultyToTarget(700);
  fixture.source.emit("tip");
  await turns();
  const [difficulty] = await client.flush();
  assert.deepEqual(difficulty?.params, [700]);
});

test("jobs that a connection causes itself are one a second, the last state counts", async (t) => {
  const fixture = await start(t);
  const client = await fixture.client();
  await fixture.logIn(client);
  for (const name of ["1A", "1B", "1C"]) await client.request("mining.authorize", [name]);
  assert.deepEqual(await client.flush(), []);
  await fixture.advance(1000);
  const sent = await client.flush();
  assert.deepEqual(methods(sent), ["mining.notify"]);
  assert.equal(sent[0]!.params![8], true);
  assert.equal(fixture.source.requests.at(-1)?.payee, "1C");
});

test("no work: the miner is told, kept for a minute, and served as soon as there is some", async (t) => {
  const fixture = await start(t);
  fixture.source.refused = "p2pool is downloading shares";
  const client = await fixture.client();
  await client.request("mining.subscribe");
  await client.request("mining.authorize", ["1Addr"]);
  assert.deepEqual(await client.next(), {
    id: null,
    method: "client.show_message",
    params: ["p2pool is downloading shares"],
  });
  for (let second = 0; second < 58; second++) await fixture.advance(1000);
  assert.deepEqual(await client.flush(), [], "said once");
  fixture.source.refused = null;
  await fixture.advance(1000);
  assert.deepEqual(methods(await client.flush()), ["mining.set_difficulty", "mining.notify"]);
  fixture.source.refused = "lost contact with the daemon";
  fixture.source.emit("tip");
  await turns();
  assert.deepEqual(methods(await client.flush()), ["client.show_message"]);
  for (let second = 0; second < 61; second++) await fixture.advance(1000);
  await client.closed();
});

test("version rolling: the mask is the server's, the miner's and the job's, and is told again when the job's changes", async (t) => {
  const fixture = await start(t);
  fixture.source.shareTarget = MAX_256;
  const configure = async (client: LineClient, parameters: unknown): Promise<unknown> =>
    (await client.request("mining.configure", [["version-rolling"], parameters])).result;
  for (const [parameters, mask] of [
    [{ "version-rolling.mask": "ffffffff" }, "1fffe000"],
    [{}, "1fffe000"],
    [undefined, "1fffe000"],
    [{ "version-rolling.mask": "00c00000", "version-rolling.min-bit-count": "many" }, "00c00000"],
    [{ "version-rolling.mask": "0x1FFFE000" }, "1fffe000"],
    [{ "version-rolling.mask": "00000000" }, null],
    [{ "version-rolling.mask": "e0001fff" }, null],
    [{ "version-rolling.mask": "malformed" }, null],
    [{ "version-rolling.mask": 7 }, null],
  ] as const) {
    const expected =
      mask === null ? { "version-rolling": false } : { "version-rolling": true, "version-rolling.mask": mask };
    assert.deepEqual(await configure(await fixture.client(), parameters), expected);
  }
  const client = await fixture.client();
  await configure(client, {});
  const { jobId } = await fixture.logIn(client);
  fixture.source.versionMask = 0x0fffe000;
  fixture.source.emit("block");
  await turns();
  const [mask, job] = await client.flush();
  assert.deepEqual([mask?.method, mask?.params], ["mining.set_version_mask", ["0fffe000"]]);
  const submit = (id: unknown, bits: string) =>
    client.request("mining.submit", ["1Addr", id, "00000000", NTIME, "1", bits]);
  assert.equal((await submit(jobId, "10000000")).result, true, "the old job's mask still holds for it");
  assert.deepEqual((await submit(job!.params![0], "10000000")).error, [20, "Invalid version mask", null]);
  assert.equal((await submit(job!.params![0], "0x08002000")).result, true);
  assert.equal(fixture.source.seen.at(-1)?.solution.version, 0x28002000);
});

test("configure answers every requested name", async (t) => {
  const client = await (await start(t)).client();
  const names = ["minimum-difficulty", "subscribe-extranonce", "info", "unknown", "__proto__", 5];
  const { result } = await client.request("mining.configure", [
    names,
    { "minimum-difficulty.value": 2048, "info.hw-version": "S19", "info.sw-version": "1.2" },
  ]);
  assert.equal(
    JSON.stringify(result),
    '{"minimum-difficulty":true,"subscribe-extranonce":true,"info":true,"unknown":false,"__proto__":false}',
  );
  assert.deepEqual((await client.request("mining.configure", [["minimum-difficulty"]])).result, {
    "minimum-difficulty": false,
  });
  await client.request("mining.subscribe");
  await client.request("mining.authorize", ["1Addr"]);
  assert.equal((await client.notification("mining.set_difficulty")).params![0], 2048);
});

test("old jobs are forgotten: by number, by age, and sooner after a new block", async (t) => {
  const fixture = await start(t, { limits: { ...LIMITS, jobsPerConnection: 3 } });
  fixture.source.shareTarget = MAX_256;
  const client = await fixture.client();
  const ids = [(await fixture.logIn(client)).jobId];
  for (let i = 0; i < 3; i++) {
    fixture.source.emit("tip");
    ids.push((await client.notification("mining.notify")).params![0] as string);
  }
  let nonce = 0;
  const submit = async (id: string) => {
    nonce++;
    const { error } = await client.request("mining.submit", ["1Addr", id, "00000000", NTIME, nonce.toString(16)]);
    return error?.[1] ?? "accepted";
  };
  assert.equal(await submit(ids[0]!), "Job not found");
  assert.equal(await submit(ids[1]!), "accepted");
  fixture.source.emit("block");
  const current = (await client.notification("mining.notify")).params![0] as string;
  await fixture.advance(2000);
  assert.equal(await submit(ids[3]!), "Stale");
  await fixture.advance(57_000);
  assert.equal(await submit(ids[3]!), "Stale");
  await fixture.advance(2000);
  assert.equal(await submit(ids[3]!), "Job not found");
  assert.equal(await submit(current), "accepted");
});
