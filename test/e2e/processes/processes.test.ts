import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { payoutScript } from "../../../src/bitcoin/address.js";
import { bytesToHex } from "../../../src/core/bytes.js";
import { networkByName } from "../../../src/networks/index.js";
import { AddressRanges } from "../../../src/platform/address-ranges.js";
import type { ConnectionPage, ConnectionPlace, ConnectionView } from "../../../src/workers/connection-view.js";
import type { LineClient, Message } from "../../unit/workers/support/stratum.js";
import { HARD, logIn, MINERS, mineShare, NODE, Pool, type PoolOptions, pause } from "./support.js";

/** Miners served by processes of their own (issue of the miners' port: real processes, real sockets). */
async function start(t: TestContext, options: PoolOptions = {}): Promise<Pool> {
  const pool = await Pool.start(options);
  t.after(() => pool.stop());
  return pool;
}

test("miners are spread over the processes, and get new work when the tip changes", async (t) => {
  const pool = await start(t);
  const clients = await Promise.all(Array.from({ length: 6 }, () => pool.client()));
  const logins = await Promise.all(clients.map((client, i) => logIn(client, `${MINERS[i % 2]}.w${i}+0`)));
  assert.equal(new Set(logins.map(({ extranonce1 }) => extranonce1)).size, 6);
  const coinbases = logins.map(({ notify }) => `${notify[2]}`);
  assert.equal(new Set(coinbases).size, 2, "one job an address");
  assert.equal(pool.processes.pids.length, 2);
  const next = Promise.all(clients.map((client) => client.notification("mining.notify")));
  pool.newBlock();
  for (const { params } of await next) assert.equal(params![8], true);
  while (pool.processes.stats().authorized < 6) await pause();
  const { connections, workers } = pool.processes.stats();
  assert.equal(connections, 6);
  assert.deepEqual(
    workers.map(({ name, connections: own }) => [name, own]),
    clients.map((_, i) => [`${MINERS[i % 2]}.w${i}`, 1]).sort(),
  );
});

test("connections are listed in pages over all processes, each once", async (t) => {
  const pool = await start(t);
  const clients = await Promise.all(Array.from({ length: 5 }, () => pool.client()));
  const logins = await Promise.all(clients.map((client, i) => logIn(client, `${MINERS[0]}.w${i}+0`)));
  const time = Math.floor(Date.now() / 1000).toString(16);
  const submission = [`${MINERS[0]}.w3`, String(logins[3]!.notify[0]), "00000000", time, "00000001"];
  assert.equal((await clients[3]!.request("mining.submit", submission)).result, true);
  const seen: (ConnectionView & { readonly process: number })[] = [];
  let next: ConnectionPlace | null = { process: 0, number: 0 };
  while (next !== null) {
    const page: ConnectionPage | null = await pool.processes.listConnections(next, 2);
    seen.push(...page!.items);
    next = page!.next;
  }
  const ids = seen.map(({ extranonce1 }) => extranonce1.toString(16).padStart(8, "0"));
  assert.deepEqual(ids.sort(), logins.map(({ extranonce1 }) => extranonce1).sort());
  assert.deepEqual(
    seen.map(({ worker }) => worker).sort(),
    clients.map((_, i) => `${MINERS[0]}.w${i}`),
  );
  assert.deepEqual(new Set(seen.map(({ process }) => process)), new Set([1, 2]));
  for (const { bytesOut, counts, difficulty, hashRate, lastSubmitAt, remoteAddress, userAgent, worker } of seen) {
    assert.equal(remoteAddress, "127.0.0.1");
    assert.equal(userAgent, "test/1");
    assert.ok(difficulty! > 0 && bytesOut > 0);
    const isBusy = worker === `${MINERS[0]}.w3`;
    assert.equal(counts.accepted, isBusy ? 1 : 0);
    assert.equal(lastSubmitAt !== null && hashRate! > 0, isBusy);
  }
  const [pid] = pool.processes.pids;
  process.kill(pid!, "SIGSTOP");
  const page = () => pool.processes.listConnections({ process: 0, number: 0 }, 10);
  assert.equal(await page(), null, "one that does not answer is not waited for as long as it takes to call it dead");
  const waiting = page();
  process.kill(pid!, "SIGKILL");
  const left = await waiting;
  assert.ok(left!.items.length < 5, "those of a process that ended are gone, and nobody waits for it");
  assert.ok(left!.items.every(({ process: place }) => place === 2));
});

test("who had read a list up to a process that is replaced then, misses none of its successor's connections", async (t) => {
  const pool = await start(t);
  const arrive = (count: number) =>
    Promise.all(Array.from({ length: count }, async (_, i) => logIn(await pool.client(), `${MINERS[0]}.w${i}+0`)));
  await arrive(6);
  const list = async (from: ConnectionPlace) => (await pool.processes.listConnections(from, 10))!.items;
  const before = await list({ process: 1, number: 0 });
  const last = before.findLast(({ process: place }) => place === 1)!;
  assert.equal(last.number, 3);
  process.kill(pool.processes.pids[0]!, "SIGKILL");
  while (pool.processes.readyCount === 2) await pause();
  while (pool.processes.readyCount < 2) await pause();
  await arrive(3);
  const after = await list({ process: 1, number: last.number });
  assert.equal(after.filter(({ process: place }) => place === 1).length, 3);
});

test("how long miners wait is known of all processes, each submission once", async (t) => {
  const pool = await start(t);
  const { latencies } = pool.processes;
  const clients = await Promise.all(Array.from({ length: 4 }, () => pool.client()));
  const logins = await Promise.all(clients.map((client, i) => logIn(client, `${MINERS[0]}.w${i}+0`)));
  for (const [i, client] of clients.entries()) {
    const time = Math.floor(Date.now() / 1000).toString(16);
    const params = [`${MINERS[0]}.w${i}`, String(logins[i]!.notify[0]), "00000000", time, "00000001"];
    assert.equal((await client.request("mining.submit", params)).result, true);
  }
  pool.newBlock();
  while (latencies.submission.count < 4 || latencies.newWork.count < 2) await pause();
  await pause(1500);
  assert.equal(latencies.submission.count, 4);
  assert.ok(latencies.submission.sum > 0);
});

test("HTTP is answered on the same port", async (t) => {
  const pool = await start(t, { count: 1 });
  const reply = await fetch(`http://127.0.0.1:${pool.port.boundPort}/`);
  assert.equal(await reply.text(), "a page");
});

function isGone({ socket }: LineClient): boolean {
  return socket.destroyed || socket.readableEnded;
}

/** Sends submissions until it is closed, and counts the answers. */
async function submitAll(client: LineClient, username: string, jobId: string, isOver: () => boolean) {
  const told = { accepted: 0, others: 0, sent: 0 };
  const time = Math.floor(Date.now() / 1000).toString(16);
  while (!isOver()) {
    const batch = 20;
    for (let i = 0; i < batch; i++) {
      const nonce = (told.sent++).toString(16).padStart(8, "0");
      client.send({ id: 1000, method: "mining.submit", params: [username, jobId, "00000000", time, nonce] });
    }
    for (let i = 0; i < batch; i++) {
      const line = await client.nextLine();
      if (line === null) return told;
      const { id, result } = JSON.parse(line) as Message;
      if (id !== 1000) i--;
      else if (result === true) told.accepted++;
      else told.others++;
    }
  }
  return told;
}

test("what miners were told is counted, exactly, and not less where a process is killed under load", async (t) => {
  const pool = await start(t);
  const names = Array.from({ length: 8 }, (_, i) => `${MINERS[i % 2]}.w${i}`);
  const clients = await Promise.all(names.map(() => pool.client()));
  const logins = await Promise.all(clients.map((client, i) => logIn(client, `${names[i]}+0`)));
  let isOver = false;
  const running = clients.map((client, i) =>
    submitAll(client, `${names[i]}+0`, String(logins[i]!.notify[0]), () => isOver),
  );
  const accepted = (): number => pool.processes.stats().counts.accepted;
  while (accepted() < 2000) await pause();
  const [victim] = pool.processes.pids as [number];
  process.kill(victim, "SIGKILL");
  const [entry] = await pool.logged("a worker process ended and is replaced; its miners have to connect again");
  assert.deepEqual([entry!.why, entry!.connections], ["SIGKILL", 4]);
  const before = accepted();
  while (accepted() < before + 500) await pause();
  isOver = true;
  const told = await Promise.all(running);
  // The last replies may be read here before the report of them is.
  while (accepted() < told.reduce((sum, { accepted: heard }) => sum + heard, 0)) await pause();
  await pause(100);
  assert.equal(clients.filter(isGone).length, 4);
  const byName = new Map(pool.processes.stats().workers.map((worker) => [worker.name, worker]));
  let untold = 0;
  for (const [i, name] of names.entries()) {
    const counted = byName.get(name)!.counts;
    const { accepted: heard, others, sent } = told[i]!;
    assert.equal(others, 0);
    const isLost = isGone(clients[i]!);
    if (isLost) {
      assert.ok(counted.accepted >= heard && counted.accepted <= sent, `${counted.accepted} of ${heard} to ${sent}`);
      untold += counted.accepted - heard;
    } else assert.equal(counted.accepted, heard);
    assert.equal(byName.get(name)!.connections, isLost ? 0 : 1);
  }
  t.diagnostic(`${untold} were counted and not told any more`);
  // The node's own accounts say the same as the workers'.
  const credited = pool.judged.filter(({ outcome }) => outcome.kind === "pseudo").length;
  assert.equal(credited, accepted());
  // The one that died is replaced, and takes miners.
  await pool.logged("a worker process is ready", 3);
  const [again] = await Promise.all([pool.client()]);
  await logIn(again!, `${MINERS[0]}.again+0`);
  assert.equal(pool.processes.pids.length, 2);
});

test("a share that is found in a worker process enters the chain, and its miner is paid by the next", async (t) => {
  // Every 4,096th hash is a share.
  const network = { ...networkByName("demo"), maxTarget: (1n << 244n) - 1n };
  const pool = await start(t, { network, bits: 0x1e04cccc });
  const client = await pool.client();
  const name = `${MINERS[0]}.rig`;
  const { extranonce1, notify } = await logIn(client, name);
  const found = mineShare(notify, extranonce1, network.maxTarget);
  const reply = await client.request("mining.submit", [name, notify[0], "00000000", notify[7], found]);
  assert.equal(reply.result, true);
  assert.equal(pool.shares.length, 1);
  assert.deepEqual([pool.shares[0]!.onTime, pool.shares[0]!.worker], [true, name]);
  assert.equal(pool.shares[0]!.share.address, MINERS[0]);
  assert.equal(pool.work.ownShareCounts.total, 1);
  assert.equal(pool.judged.length, 1, "counted once");
  // The first share of a chain pays nobody; the work on top of the second pays who found the first.
  const other = await pool.client();
  const second = await logIn(other, `${MINERS[1]}.rig`);
  const nonce = mineShare(second.notify, second.extranonce1, network.maxTarget);
  const params = [`${MINERS[1]}.rig`, second.notify[0], "00000000", second.notify[7], nonce];
  assert.equal((await other.request("mining.submit", params)).result, true);
  assert.equal(pool.shares[1]!.share.parentId, pool.shares[0]!.share.id);
  const { notify: next } = await logIn(await pool.client(), NODE);
  const script = bytesToHex(payoutScript(MINERS[0], network.coin, "fixed"));
  assert.ok(`${next[2]}`.includes(script), "another miner's work pays it too");
  const again = await client.request("mining.submit", [name, notify[0], "00000000", notify[7], found]);
  assert.equal(again.error?.[0], 22, "the same once more");
  assert.equal(pool.shares.length, 2);
});

test("bad submissions are answered as everywhere, and counted", async (t) => {
  const pool = await start(t, { count: 1 });
  const client = await pool.client();
  const name = `${MINERS[0]}.rig+0`;
  const { notify } = await logIn(client, name);
  const [job] = notify;
  const time = `${notify[7]}`;
  const submit = (jobId: unknown, at: string, nonce: string) =>
    client.request("mining.submit", [name, jobId, "00000000", at, nonce]);
  assert.equal((await submit(job, time, "00000001")).result, true);
  assert.equal((await submit(job, time, "00000001")).error?.[0], 22);
  assert.equal((await submit("abc", time, "00000001")).error?.[0], 21);
  assert.equal((await submit(job, "00000001", "00000001")).error?.[0], 20);
  const hard = await pool.client();
  const other = await logIn(hard, `${MINERS[0]}.hard+1000000`);
  const low = await hard.request("mining.submit", [`${MINERS[0]}.hard`, other.notify[0], "00000000", time, "1"]);
  assert.equal(low.error?.[0], 23);
  // The replies may be read here before the report of them is.
  const counts = () => pool.processes.stats().counts;
  while (counts().low < 1) await pause();
  assert.deepEqual(counts(), { accepted: 1, stale: 1, duplicate: 1, low: 1, invalid: 1 });
  // Late once the tip has changed and the grace is over.
  const next = client.notification("mining.notify");
  pool.newBlock();
  await next;
  await pause(1100);
  assert.equal((await submit(job, time, "00000002")).error?.[1], "Stale");
  while (counts().stale < 2) await pause();
  assert.deepEqual(pool.judged.at(-1)!.outcome, { kind: "pseudo", stale: true });
});

test("a name that cannot be paid is told so, and the fee is taken as often as it should be (within four sigma)", async (t) => {
  const pool = await start(t, { count: 1, work: { feePercent: 25 } });
  const bob = await pool.client();
  await bob.request("mining.subscribe");
  bob.send({ id: 2, method: "mining.authorize", params: ["bob", "x"] });
  assert.match(`${(await bob.notification("client.show_message")).params![0]}`, /own address/);
  const own = bytesToHex(payoutScript(NODE, networkByName("demo").coin, "fixed"));
  const client = await pool.client();
  await logIn(client, `${MINERS[0]}+0`);
  let fees = 0;
  const rounds = 200;
  for (let i = 0; i < rounds; i++) {
    const next = client.notification("mining.notify");
    pool.newBlock();
    if (`${(await next).params![2]}`.includes(own)) fees++;
  }
  const expected = rounds * 0.25;
  assert.ok(Math.abs(fees - expected) < 4 * Math.sqrt(expected * 0.75), `${fees} of ${rounds}`);
});

test("no work is told without an event, and work again", async (t) => {
  let peers = 1;
  const network = { ...HARD, persist: true };
  const pool = await start(t, { count: 1, network, work: { solo: false, peerCount: () => peers } });
  const client = await pool.client();
  await client.request("mining.subscribe", ["test/1"]);
  await client.request("mining.authorize", [MINERS[0], "x"]);
  assert.match(`${(await client.notification("client.show_message")).params![0]}`, /downloading shares/);
  peers = 0;
  assert.match(`${(await client.notification("client.show_message")).params![0]}`, /not connected to any peers/);
});

test("limits hold over all processes, and extranonces are free again", async (t) => {
  const pool = await start(t, { limits: { connections: 3 } });
  const clients = await Promise.all(Array.from({ length: 3 }, () => pool.client()));
  await Promise.all(clients.map((client) => logIn(client, MINERS[0])));
  const fourth = await pool.client();
  fourth.send({ id: 1, method: "mining.subscribe", params: [] });
  assert.equal(await fourth.nextLine(), null);
  clients[0]!.socket.destroy();
  while (pool.processes.stats().connections > 2) await pause();
  await logIn(await pool.client(), MINERS[0]);
});

test("a load balancer's header is read before a miner is handed on", async (t) => {
  const pool = await start(t, { count: 1, port: { proxies: new AddressRanges(["127.0.0.1"]) } });
  const client = await pool.client();
  const lines = '{"id":1,"method":"mining.subscribe","params":[]}\n{"id":2,"method":"nonsense","params":[]}\n';
  client.send(`PROXY TCP4 203.0.113.9 192.0.2.1 5000 9332\r\n${lines}`);
  assert.equal((await client.next()).id, 1);
  assert.equal((await client.next()).id, 2);
  client.socket.destroy();
  const [entry] = await pool.logged("miner disconnected");
  assert.deepEqual([entry!.remoteAddress, entry!.process], ["203.0.113.9", 1]);
});

test("a process that does not answer any more is replaced", async (t) => {
  const pool = await start(t, { count: 1 });
  const client = await pool.client();
  await logIn(client, MINERS[0]);
  const [pid] = pool.processes.pids as [number];
  process.kill(pid, "SIGSTOP");
  const [entry] = await pool.logged("a worker process ended and is replaced; its miners have to connect again");
  assert.equal(entry!.why, "it did not answer any more");
  assert.equal(await client.nextLine(), null);
  await pool.logged("a worker process is ready", 2);
  await logIn(await pool.client(), MINERS[0]);
});

test("a process that ends at once is tried again after longer and longer waits; miners are served without it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "p2pool-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const program = join(folder, "broken.js");
  writeFileSync(program, "process.exit(7);");
  const pool = new Pool({ count: 1, program });
  t.after(() => pool.stop());
  pool.processes.start();
  // Tried and broken is known; it is not waited for.
  await pool.processes.ready();
  assert.equal(pool.processes.readyCount, 0);
  await pool.port.start();
  const entries = await pool.logged("a worker process ended and is replaced; its miners have to connect again", 3);
  assert.deepEqual(
    entries.map(({ why, againInMs }) => [why, againInMs]),
    [
      ["exit code 7", 500],
      ["exit code 7", 1000],
      ["exit code 7", 2000],
    ],
  );
  await logIn(await pool.client(), MINERS[0]);
  assert.equal(pool.processes.stats().connections, 1);
});

test("at the end miners are told to come back, and no process is left", async (t) => {
  const pool = await Pool.start();
  t.after(() => pool.stop().catch(() => undefined));
  const client = await pool.client();
  await logIn(client, MINERS[0]);
  const { pids } = pool.processes;
  const closed = pool.port.stop();
  await pool.processes.stop();
  await closed;
  assert.equal((await client.next()).method, "client.reconnect");
  assert.equal(await client.nextLine(), null);
  for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
});
