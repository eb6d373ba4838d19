import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingHttpHeaders, type RequestOptions, request } from "node:http";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { bytesToHex, hexToBytes } from "../../../src/core/bytes.js";
import { difficultyToTarget, MAX_256 } from "../../../src/core/compact.js";
import { seededRandom } from "../../../src/core/random.js";
import { createLogger } from "../../../src/platform/log.js";
import { decodeGetwork, encodeGetwork } from "../../../src/workers/getwork/encoding.js";
import { GetworkServer, type GetworkServerOptions } from "../../../src/workers/getwork/server.js";
import { LIMITS } from "../../../src/workers/limits.js";
import { WorkerPort } from "../../../src/workers/port.js";
import { StratumServer } from "../../../src/workers/stratum/server.js";
import { WorkerTable } from "../../../src/workers/worker-table.js";
import { turns } from "./support/stratum.js";
import { VirtualClock } from "./support/virtual-clock.js";
import { EXAMPLE, TestWorkSource } from "./support/work-source.js";

const log = createLogger("silent");

async function start(t: TestContext, options: Partial<GetworkServerOptions> = {}) {
  const clock = new VirtualClock({ startSeconds: EXAMPLE.time });
  const source = new TestWorkSource();
  source.shareTarget = MAX_256 >> 20n;
  source.pseudoTarget = MAX_256;
  const workers = new WorkerTable({ limits: LIMITS, shareSeconds: 3 });
  const miners = { workSource: source, clock, log, workers, minDifficulty: 1e-12 };
  const stratum = new StratumServer({ ...miners, random: seededRandom(1) });
  const getwork = new GetworkServer({ ...miners, ...options });
  const http = getwork.before((_request, response) => response.end("a page"));
  const port = new WorkerPort({ port: 0, host: "127.0.0.1", stratum, http, clock, log });
  const number = await port.start();
  stratum.start();
  getwork.start();
  t.after(async () => {
    stratum.stop();
    getwork.stop();
    await port.stop();
  });
  return { clock, source, stratum, getwork, number };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Reply {
  readonly id: unknown;
  readonly result: Record<string, unknown> | boolean | null;
  readonly error: { readonly code: number; readonly message: string } | null;
  readonly "reject-reason"?: string;
}

async function http(port: number, options: RequestOptions, body = ""): Promise<Answer> {
  const call = request({ port, host: "127.0.0.1", method: "POST", path: "/", agent: false, ...options });
  call.end(body);
  const [response] = await once(call, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() };
}

async function rpc(port: number, params: readonly unknown[] = [], options: RequestOptions = {}): Promise<Reply> {
  const { status, text } = await http(port, options, JSON.stringify({ id: 7, method: "getwork", params }));
  assert.equal(status, 200);
  return JSON.parse(text) as Reply;
}

function work(reply: Reply): Record<string, string> {
  assert.equal(reply.error, null);
  return reply.result as Record<string, string>;
}

/** `data` with another nonce and a time moved by some seconds, as a miner sends it back. */
function solved(data: string, nonce: string, seconds = 0): string {
  const time = (Number.parseInt(data.slice(136, 144), 16) + seconds).toString(16).padStart(8, "0");
  return data.slice(0, 136) + time + data.slice(144, 152) + nonce + data.slice(160);
}

const user = (name: string): RequestOptions => ({ auth: `${name}:x` });

test("spec/11 §9.2: the header of Bitcoin's first block", () => {
  const header = hexToBytes(
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d00000000",
  );
  const work = encodeGetwork(header, difficultyToTarget(1));
  assert.equal(
    work.data,
    "000000010000000000000000000000000000000000000000000000000000000000000000fdeda33bb2127b7a3e2cc77a618f7667c31bc87f32518a88aab89f3a4a5e1e4b495fab291d00ffff00000000000000800000000000000000000000000000000000000000000000000000000000000000000000000000000080020000",
  );
  assert.equal(work.midstate, "339a90bcf0bf58637daccc90a8ca591ee9d8c8c3c803014f3687b1961bf91947");
  assert.equal(work.target, "0000000000000000000000000000000000000000000000000000ffff00000000");
  const back = decodeGetwork(`${work.data.slice(0, 152)}7c2bac1d${work.data.slice(160)}`)!;
  assert.equal(back.nonce, 2083236893);
  assert.equal(bytesToHex(back.merkleRoot), bytesToHex(header.subarray(36, 68)));
});

test("every answer has its own merkle root and the headers that miners look for", async (t) => {
  const { number } = await start(t);
  const answer = await http(number, user("1Addr.rig"), '{"id":"x","method":"getwork","params":[]}');
  const { headers } = answer;
  assert.equal(headers["x-long-polling"], "/long-polling");
  assert.equal(headers["x-roll-ntime"], "expire=100");
  assert.equal(headers["x-is-p2pool"], "true");
  assert.equal(headers["x-stratum"], `stratum+tcp://127.0.0.1:${number}`);
  assert.equal(headers["content-type"], "application/json");
  assert.equal(Number(headers["content-length"]), Buffer.byteLength(answer.text));
  const first = JSON.parse(answer.text) as Reply;
  assert.equal(first.id, "x");
  const one = work(first);
  assert.deepEqual(Object.keys(one).sort(), ["data", "hash1", "identifier", "midstate", "submitold", "target"]);
  const two = work(await rpc(number, [], user("1Addr.rig")));
  assert.notEqual(one.data!.slice(72, 136), two.data!.slice(72, 136));
  const short = work(await rpc(number, [], { headers: { "user-agent": "Jephis PIC Miner" } }));
  assert.deepEqual(Object.keys(short).sort(), ["data", "hash1", "midstate", "target"]);
});

test("solutions are judged at the target that was sent, once, and count for the worker", async (t) => {
  const { clock, number, source, stratum } = await start(t);
  const { data } = work(await rpc(number, [], user("1Addr.rig")));
  const submit = (text: unknown): Promise<Reply> => rpc(number, [text], user("1Addr.rig"));
  assert.equal((await submit(solved(data!, "00000001"))).result, true);
  const again = await submit(solved(data!, "00000001"));
  assert.deepEqual([again.result, again["reject-reason"]], [false, "duplicate"]);
  assert.equal((await submit(solved(data!, "00000002", 100))).result, true);
  assert.equal((await submit(solved(data!, "00000003", 161)))["reject-reason"], "time-invalid");
  assert.equal((await submit(solved(data!, "00000003", -1)))["reject-reason"], "time-invalid");
  assert.equal((await submit(data!.replace(/^.{8}/, "2000a000"))).result, true, "rolled version bits");
  assert.equal((await submit(solved(data!, "00000004").slice(0, 160))).result, true, "eighty bytes are enough");
  const unknown = await http(number, {}, JSON.stringify({ id: 1, method: "getwork", params: ["0".repeat(256)] }));
  assert.equal(unknown.headers["x-reject-reason"], "unknown-work");
  const [seen] = source.seen;
  assert.equal(
    bytesToHex(seen!.solution.extranonce),
    "0000000000000000",
    "the range of Stratum connections is left alone",
  );

  source.emit("tip");
  clock.advance(1001);
  assert.equal((await submit(solved(data!, "00000005")))["reject-reason"], "stale-work");
  const [worker] = stratum.stats().workers;
  assert.equal(worker!.name, "1Addr.rig");
  assert.deepEqual(worker!.counts, { accepted: 4, stale: 1, duplicate: 1, low: 0, invalid: 2 });
  clock.advance(300_001);
  assert.equal((await submit(solved(data!, "00000006")))["reject-reason"], "unknown-work");
});

test("the target: the job's, the user name's, what the miner's hash rate asks for; never harder than a share", async (t) => {
  const { number, source } = await start(t);
  source.shareTarget = MAX_256 >> 40n;
  source.pseudoTarget = MAX_256 >> 10n;
  const target = async (options: RequestOptions): Promise<bigint> => {
    const bytes = hexToBytes(work(await rpc(number, [], options)).target!).reverse();
    return BigInt(`0x${bytesToHex(bytes)}`);
  };
  assert.equal(await target(user("1Addr")), MAX_256 >> 10n);
  assert.equal(await target(user("1Addr+0.001")), difficultyToTarget(0.001));
  assert.equal(await target(user("1Addr+1e9")), MAX_256 >> 40n);
  const claimed = await target({ headers: { "x-mining-hashrate": "1000000" } });
  assert.ok(Math.abs(Number(claimed) / (2 ** 256 / 3e6) - 1) < 1e-6);
  source.pseudoTarget = MAX_256;
  assert.ok((await target(user("1Addr"))) <= difficultyToTarget(1e-12), "the node's minimum difficulty");
});

test("row 26 and others: what is no getwork is answered with an error and status 200", async (t) => {
  const { number, source } = await start(t);
  const code = async (body: string): Promise<[unknown, number | undefined]> => {
    const { status, text } = await http(number, {}, body);
    assert.equal(status, 200);
    const { error, id } = JSON.parse(text) as Reply;
    return [id, error?.code];
  };
  assert.deepEqual(await code("no json"), [null, -32700]);
  assert.deepEqual(await code(""), [null, -32700]);
  assert.deepEqual(await code("[]"), [null, -32700]);
  assert.deepEqual(await code('{"id":5,"result":1}'), [null, -32600]);
  assert.deepEqual(await code('{"id":5,"method":5}'), [5, -32600]);
  assert.deepEqual(await code('{"id":5,"method":"getwork","params":{}}'), [5, -32600]);
  assert.deepEqual(await code('{"id":1e3,"method":"getblocktemplate"}'), [1000, -32601]);
  for (const data of ['""', '"00"', `"${"0".repeat(264)}"`, `"${"x".repeat(256)}"`, "5", "{}", "true"]) {
    assert.deepEqual(await code(`{"id":1,"method":"getwork","params":[${data}]}`), [1, -32602], data);
  }
  source.refused = "p2pool is downloading shares";
  const refused = await rpc(number);
  assert.deepEqual(refused.error, { code: -12345, message: "p2pool is downloading shares", data: null });
});

test("getwork may be switched off, the hint to Stratum stays; other paths and methods are pages", async (t) => {
  const { number } = await start(t, { enabled: false });
  const { headers, text } = await http(number, {}, '{"id":1,"method":"getwork"}');
  assert.equal((JSON.parse(text) as Reply).error?.code, -32601);
  assert.match(String(headers["x-stratum"]), /^stratum\+tcp:/);
  assert.equal((await http(number, { method: "GET" })).text, "a page");
  assert.equal((await http(number, { path: "/other" })).text, "a page");
});

test("a name that cannot be paid is refused where the operator wishes so", async (t) => {
  const { number } = await start(t, { invalidPayee: "reject" });
  assert.equal((await rpc(number, [], user("bob"))).error?.code, -12345);
  assert.equal((await rpc(number, [], user("1Addr"))).error, null);
  assert.equal((await rpc(number, [], user("1".repeat(257)))).error?.code, -32602);
});

test("long polling: waits for the next event, or answers at once what was missed", async (t) => {
  const { clock, number, source, stratum } = await start(t);
  const poll = (name: string): Promise<Reply> => rpc(number, [], { path: "/long-polling", ...user(name) });
  let isAnswered = false;
  const first = poll("1Addr").then((reply) => {
    isAnswered = true;
    return work(reply);
  });
  while (clock.timers < 2) await turns();
  assert.equal(stratum.stats().workers[0]?.connections, 1, "whoever waits is connected");
  await turns(20);
  assert.equal(isAnswered, false);
  source.emit("refresh");
  source.emit("tip");
  assert.equal((await first).identifier, "2");
  assert.equal(stratum.stats().workers[0]?.connections, 0);
  source.emit("tip");
  assert.equal(work(await poll("1Addr")).identifier, "3", "an event was missed");
  const timedOut = poll("1Addr");
  while (clock.timers < 2) await turns();
  clock.advance(60_000);
  assert.equal(work(await timedOut).identifier, "3", "fresh work after a minute");
  assert.equal(clock.timers, 1);
});

test("long polling is bounded, and a client that goes away leaves nothing behind", async (t) => {
  const { clock, number, source } = await start(t, { limits: { ...LIMITS, longPolls: 1 } });
  const options = { port: number, host: "127.0.0.1", path: "/long-polling", agent: false };
  const waiting = request(options);
  waiting.on("error", () => {});
  waiting.end();
  while (clock.timers < 2) await turns();
  const second = await http(number, { method: "GET", path: "/long-polling" });
  assert.equal((JSON.parse(second.text) as Reply).id, 0);
  waiting.destroy();
  while (clock.timers > 1) await turns();
  source.emit("tip");
  await turns();
  assert.equal(clock.timers, 1);
});

test("a connection that asks without end is closed, and others go on", async (t) => {
  const { number } = await start(t, { limits: { ...LIMITS, requestBurst: 3, overloadPauses: 0 } });
  const socket = connect(number, "127.0.0.1");
  const body = '{"id":1,"method":"getwork"}';
  const call = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  socket.on("error", () => {});
  for (let i = 0; i < 3; i++) {
    socket.write(call);
    await turns(20);
  }
  if (!socket.closed) await once(socket, "close");
  assert.equal(text.split('"midstate"').length - 1, 2);
  assert.equal((await rpc(number)).error, null);
});
