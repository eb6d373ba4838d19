import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { type TestContext, test } from "node:test";
import { hexToBytes } from "../../src/core/bytes.js";
import { MAX_256 } from "../../src/core/compact.js";
import { createLogger } from "../../src/platform/log.js";
import { GetworkServer } from "../../src/workers/getwork/server.js";
import { LIMITS } from "../../src/workers/limits.js";
import { WorkerPort } from "../../src/workers/port.js";
import { WorkerTable } from "../../src/workers/worker-table.js";
import { turns } from "../unit/workers/support/stratum.js";
import { VirtualClock } from "../unit/workers/support/virtual-clock.js";
import { EXAMPLE, TestWorkSource } from "../unit/workers/support/work-source.js";

/** Dialogues over HTTP as real miners hold them (spec/11 §8). */
async function start(t: TestContext) {
  const log = createLogger("silent");
  const clock = new VirtualClock({ startSeconds: EXAMPLE.time });
  const source = new TestWorkSource();
  source.shareTarget = MAX_256;
  const workers = new WorkerTable({ limits: LIMITS, shareSeconds: 3 });
  const getwork = new GetworkServer({ workSource: source, clock, log, workers });
  const port = new WorkerPort({
    port: 0,
    host: "127.0.0.1",
    stratum: { handle: (socket) => void socket.destroy() },
    http: getwork.before((_incoming, response) => {
      response.writeHead(404).end();
    }),
    clock,
    log,
  });
  const number = await port.start();
  getwork.start();
  const agent = new Agent({ keepAlive: true });
  t.after(async () => {
    agent.destroy();
    getwork.stop();
    await port.stop();
  });

  /** One request on a connection that is kept, as libcurl does it. */
  async function post(
    path: string,
    body: string,
    headers: Record<string, string> = {},
  ): Promise<{ json: { result: unknown; error: { code: number } | null }; headers: IncomingHttpHeaders }> {
    const call = request({
      port: number,
      host: "127.0.0.1",
      method: "POST",
      path,
      agent,
      auth: "1Addr.old:x",
      headers,
    });
    call.end(body);
    const [response] = await once(call, "response");
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    assert.equal(response.statusCode, 200);
    return { json: JSON.parse(Buffer.concat(chunks).toString()), headers: response.headers };
  }
  return { clock, source, post, number };
}

type Work = Readonly<Record<"data" | "hash1" | "midstate" | "target", string>>;

test("cpuminer over HTTP: getblocktemplate first, then getwork; reads its headers, rolls time, long-polls", async (t) => {
  const { clock, source, post, number } = await start(t);
  const headers = {
    "User-Agent": "cpuminer/2.5.1",
    "X-Mining-Extensions": "midstate rollntime reject-reason",
    "Content-Type": "application/json",
  };
  const template = await post(
    "/",
    '{"method": "getblocktemplate", "params": [{"capabilities": ["coinbasetxn", "longpoll"]}], "id":0}\r\n',
    headers,
  );
  assert.equal(template.json.error?.code, -32601, "not offered, so that it falls back");
  const first = await post("/", '{"method": "getwork", "params": [], "id":0}\r\n', headers);
  assert.equal(first.headers["x-stratum"], `stratum+tcp://127.0.0.1:${number}`);
  const longPollPath = first.headers["x-long-polling"] as string;
  const { data, target } = first.json.result as Work;
  assert.deepEqual([hexToBytes(data).length, hexToBytes(target).length], [128, 32]);

  const time = Number.parseInt(data.slice(136, 144), 16) + 30;
  const solved = `${data.slice(0, 136)}${time.toString(16)}${data.slice(144, 152)}deadbeef${data.slice(160)}`;
  const submit = `{"method": "getwork", "params": [ "${solved}" ], "id":1}\r\n`;
  assert.equal((await post("/", submit, headers)).json.result, true);
  assert.equal(source.seen.at(-1)?.solution.nonce, 0xdeadbeef);
  const again = await post("/", submit, headers);
  assert.deepEqual([again.json.result, again.headers["x-reject-reason"]], [false, "duplicate"]);

  const poll = post(longPollPath, '{"method": "getwork", "params": [], "id":0}\r\n', headers);
  while (clock.timers === 0) await turns();
  source.emit("block");
  assert.equal(((await poll).json.result as Work).data.length, 256);
});

test("ASICMiner blade: a short answer to a request without a version of JSON-RPC", async (t) => {
  const { post } = await start(t);
  const { json } = await post("/", '{"method":"getwork","params":[],"id":1}', { "User-Agent": "Jephis PIC Miner" });
  assert.deepEqual(Object.keys(json.result as Work).sort(), ["data", "hash1", "midstate", "target"]);
  assert.ok(JSON.stringify(json).length < 700);
});

test("old GPU miners: the target fits the hash rate that they claim", async (t) => {
  const { post, source } = await start(t);
  source.shareTarget = 1n;
  const { json } = await post("/", '{"method": "getwork", "params": [], "id": "json"}', {
    "User-Agent": "poclbm/20120920",
    "X-Mining-Hashrate": "300000000",
  });
  const { target } = json.result as Work;
  const wanted = BigInt(`0x${Buffer.from(hexToBytes(target)).reverse().toString("hex")}`);
  const solutionSeconds = Number(2n ** 256n / (wanted + 1n)) / 300e6;
  assert.ok(Math.abs(solutionSeconds - 3) < 0.01, `a solution every ${solutionSeconds} s`);
});
