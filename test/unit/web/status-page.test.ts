import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { createLogger } from "../../../src/platform/log.js";
import { createWebListener } from "../../../src/web/app.js";
import {
  formatAgo,
  formatAmount,
  formatDifficulty,
  formatDuration,
  formatHashRate,
  shortName,
} from "../../../src/web/format.js";
import type { NodeStatus } from "../../../src/web/status.js";
import { VirtualClock } from "../workers/support/virtual-clock.js";

const EMPTY: NodeStatus = {
  version: "0.1.0",
  network: "regtest",
  symbol: "BTC",
  uptimeSeconds: 1,
  minerUrl: null,
  peers: null,
  coin: { height: null, tip: null },
  daemon: { address: "http://127.0.0.1:8332/", problem: null },
  chain: { height: null, bestShare: null, verified: null, shareDifficulty: null },
  sync: null,
  poolHashRate: null,
  localHashRate: null,
  workers: [],
  payouts: [],
  blocks: [],
  shares: [],
  refusal: null,
};

const HASH = `${"ab".repeat(28)}12345678`;
const EVIL = `"><script>alert('x')</script>&`;
const FULL: NodeStatus = {
  ...EMPTY,
  network: EVIL,
  peers: 4,
  minerUrl: "stratum+tcp://127.0.0.1:9332",
  coin: { height: 900_000, tip: HASH },
  chain: { height: 17_289, bestShare: HASH, verified: 8640, shareDifficulty: 1.93e7 },
  poolHashRate: 2.1e16,
  localHashRate: 345_000,
  workers: [
    {
      name: EVIL,
      connections: 1,
      hashRate: 345_000,
      difficulty: 0.0005,
      accepted: 812,
      rejected: 9,
      userAgent: EVIL,
      lastSubmitAt: 1_699_999_995,
    },
  ],
  payouts: [{ address: "1Addr", amountSat: 312_500_001n }],
  blocks: [
    {
      height: 899_999,
      hash: HASH,
      rewardSat: 9_007_199_254_740_993n,
      foundAt: 1_699_990_000,
      accepted: null,
      fate: "found",
      confirmations: null,
    },
  ],
  shares: [{ hash: HASH, height: 3, address: EVIL, createdAt: 1_699_999_000, difficulty: 2, mine: true }],
  refusal: EVIL,
};

async function serve(t: TestContext, status: () => NodeStatus) {
  const clock = new VirtualClock();
  const server = createServer(createWebListener({ status, clock, log: createLogger("silent") }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { clock, port, get: (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init) };
}

test("the page of a node that knows nothing yet shows dashes, not zeros", async (t) => {
  const { get } = await serve(t, () => EMPTY);
  const response = await get("/");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/html; charset=UTF-8");
  const page = await response.text();
  for (const name of ["Pool", "This node", "Share chain", "Verified shares", "Share difficulty", "Coin height"]) {
    assert.match(page, new RegExp(`<dt>${name}</dt><dd>—`), name);
  }
  assert.match(page, /<code>—<\/code>/);
  assert.match(page, /<meta http-equiv="refresh" content="5">/);
});

test("everything is escaped, and the page works under its own policy", async (t) => {
  const { get } = await serve(t, () => FULL);
  const response = await get("/");
  const page = await response.text();
  assert.doesNotMatch(page, /<script|style=|onload/);
  assert.equal(page.match(/&lt;script&gt;/g)?.length, 6);
  for (const text of ["345 kH/s", "21 PH/s", "17,289", "900,000", "19.3 M", "5.00e-4", "3.12500001 BTC", "…12345678"]) {
    assert.ok(page.includes(text), text);
  }
  assert.match(response.headers.get("content-security-policy")!, /^default-src 'none'; style-src 'self'/);
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  const style = await get("/style.css");
  assert.equal(style.headers.get("content-type"), "text/css; charset=utf-8");
  assert.match(await style.text(), /prefers-color-scheme: dark/);
});

test("the API has the same figures, amounts as decimal text", async (t) => {
  const { get } = await serve(t, () => FULL);
  const response = await get("/api/v1/status");
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  const data = (await response.json()) as Record<string, unknown>;
  assert.equal(data.at, 1_700_000_000);
  assert.deepEqual(data.payouts, [{ address: "1Addr", amountSat: "312500001" }]);
  assert.equal((data.blocks as { rewardSat: string }[])[0]?.rewardSat, "9007199254740993");
  assert.equal(data.network, EVIL);
  assert.deepEqual(data.chain, FULL.chain);
});

test("what is unknown, not allowed or broken is said so in data", async (t) => {
  let broken = false;
  const { clock, get } = await serve(t, () => {
    if (broken) throw new Error("secret detail");
    return EMPTY;
  });
  const missing = await get("/nowhere");
  assert.equal(missing.status, 404);
  assert.deepEqual(await missing.json(), { error: { code: "not_found", message: "There is nothing here." } });
  const posted = await get("/api/v1/status", { method: "POST" });
  assert.equal(posted.status, 405);
  assert.equal(posted.headers.get("allow"), "GET, HEAD, OPTIONS");
  assert.equal((await get("/", { method: "HEAD" })).status, 200);
  assert.equal((await get("/api/v1/status", { method: "OPTIONS" })).status, 204);
  broken = true;
  assert.equal((await get("/")).status, 200, "from the cache of one second");
  clock.advance(1000);
  const failed = await get("/");
  assert.equal(failed.status, 500);
  assert.doesNotMatch(await failed.text(), /secret/);
});

test("a WebSocket upgrade is answered like any unknown path", async (t) => {
  const { port } = await serve(t, () => EMPTY);
  const asked = request({
    port,
    host: "127.0.0.1",
    path: "/ws",
    headers: { Connection: "Upgrade", Upgrade: "websocket" },
  });
  asked.end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  assert.equal(response.statusCode, 404);
  response.resume();
});

test("figures as people read them", () => {
  assert.equal(formatHashRate(0), "0 H/s");
  assert.equal(formatHashRate(999), "999 H/s");
  assert.equal(formatHashRate(1_234_567), "1.23 MH/s");
  assert.equal(formatHashRate(Number.NaN), "—");
  assert.equal(formatDifficulty(4.65661e-10), "4.66e-10");
  assert.equal(formatDifficulty(1), "1");
  assert.equal(formatAmount(1n, "BTC"), "0.00000001 BTC");
  assert.equal(formatDuration(59.9), "59 s");
  assert.equal(formatDuration(3599), "59 min 59 s");
  assert.equal(formatDuration(86_399), "23 h 59 min");
  assert.equal(formatDuration(90_000), "1 d 1 h");
  assert.equal(formatAgo(100, 160), "1 min 0 s ago");
  assert.equal(formatAgo(161, 160), "now");
  assert.equal(formatAgo(null, 160), "—");
  assert.equal(shortName("bcrt1q7549sf4eumj6he84qnae2p5q8udjyzglx9mkrc.rig.1"), "bcrt1q75…x9mkrc.rig.1");
  assert.equal(shortName("bob"), "bob");
});
