import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Histogram } from "../../../src/core/histogram.js";
import { toCsv } from "../../../src/web/api/csv.js";
import { apiResources } from "../../../src/web/api/routes.js";
import * as schemas from "../../../src/web/api/schemas.js";
import type { ConnectionSummary, NodeView } from "../../../src/web/view.js";
import { VirtualClock } from "../workers/support/virtual-clock.js";
import { recordedView } from "./support/recorded.js";
import { serve } from "./support/serve.js";
import { emptyView } from "./support/view.js";

const API = "/api/v1";
const empty = emptyView;

describe("/api/v1", () => {
  test("every resource answers as its schema says, and with nothing else", async (t) => {
    const view = recordedView("ltc2");
    const { get } = await serve(t, view);
    const best = view.figures.best!.id;
    const [address] = view.figures.users.keys();
    view.blocks.add(view.figures.recentBlocks[0]!, { bits: 0x207fffff, mine: true, poolRate: 5 });
    const block = view.blocks.list[0]!.hash;
    for (const { path, reply } of apiResources()) {
      const hash = path.startsWith("/blocks") ? block : best;
      const name = path.startsWith("/series") ? "pool_rates" : address!;
      const query =
        path === "/payouts/scaled" ? "?totalSat=1000000" : path === "/validate" ? `?username=${address}.rig%2B4` : "";
      const url = path.replace("{hash}", hash).replace("{name}", name).replace("{address}", name) + query;
      const response = await get(API + url);
      assert.equal(response.status, 200, `${url}: ${await response.clone().text()}`);
      assert.ok(response.headers.get("etag"), url);
      if (reply === null) continue;
      const data: unknown = await response.json();
      assert.deepEqual(reply.parse(data), data, url);
    }
  });

  test("own figures with their intervals; a worker whose jobs are too long for it", async (t) => {
    const results = { accepted: 1, stale: 0, duplicate: 0, low: 3, invalid: 0 };
    const coinbase = {
      device: "Antminer S21",
      limitBytes: 2250,
      sizeBytes: 3000,
      jobs: 4,
      lostSolutions: 3,
      lostHashes: 12_000,
    };
    const worker = {
      name: "payee.rig",
      connections: 1,
      rate: null,
      deadFraction: null,
      difficulty: 1,
      userAgent: "Antminer S21",
      coinbase,
      lastSubmitAt: null,
      results,
    };
    const view = recordedView("ltc2");
    const { get } = await serve(t, {
      ...view,
      ownShares: { ...view.ownShares, counts: () => ({ total: 20, orphaned: 1, dead: 2 }) },
      stratum: () => ({ connections: 1, authorized: 1, results, workers: [worker] }),
    });
    const miner = schemas.miner.parse(await (await get(`${API}/miners/payee`)).json());
    assert.deepEqual(miner.workers[0]?.coinbase, coinbase);
    const { local } = schemas.status.parse(await (await get(`${API}/status`)).json());
    assert.equal(local.deadInterval, null, "no pseudo-shares yet");
    assert.equal(local.staleInterval?.value, 0.15);
    assert.ok(local.staleInterval.low > 0.05 && local.staleInterval.high < 0.37);
    assert.equal(local.efficiencyInterval?.value, local.efficiency);
    assert.ok(local.efficiencyInterval!.low < local.efficiency! && local.efficiencyInterval!.high > local.efficiency!);
  });

  test("all miners are gone through once a second, however many ask, and at a new tip", async (t) => {
    const clock = new VirtualClock();
    const view = recordedView("ltc2");
    let times = 0;
    const stratum = (): ReturnType<NodeView["stratum"]> => {
      times++;
      return view.stratum();
    };
    const { get } = await serve(t, { ...view, stratum }, clock);
    const best = view.figures.best!;
    const paid = [...view.figures.payouts(1n << 230n, 10n ** 9n).keys()].slice(0, 3);
    const askAll = async (): Promise<number> => {
      for (const path of ["", ...paid.map((address) => `/${address}`), `/${paid[0]}/workers`]) {
        await (await get(`${API}/miners${path}`)).arrayBuffer();
      }
      return times;
    };
    assert.equal(paid.length, 3);
    assert.equal(await askAll(), 1);
    assert.equal(await askAll(), 1);
    view.figures.setBest(best.parent);
    await (await get(`${API}/miners/${"x".repeat(10)}`)).arrayBuffer();
    assert.equal(times, 2);
    clock.advance(1000);
    await (await get(`${API}/miners/${"y".repeat(10)}`)).arrayBuffer();
    assert.equal(times, 3);
  });

  test("a node that knows nothing says so", async (t) => {
    const { get } = await serve(t, empty());
    const status = schemas.status.parse(await (await get(`${API}/status`)).json());
    assert.equal(status.state, "syncing");
    assert.equal(status.chain.tip, null);
    assert.equal(status.local.rate, null);
    assert.equal(status.daemon.networkDifficulty, null);
    for (const path of ["/pool", "/payouts/current"]) {
      const response = await get(API + path);
      assert.equal(response.status, 503);
      assert.ok(response.headers.get("retry-after"));
      assert.equal(schemas.errorReply.parse(await response.json()).error.code, "not_ready");
    }
    for (const path of ["/info", "/shares", "/miners", "/peers", "/blocks", "/series/pool_rates", "/warnings"]) {
      assert.equal((await get(API + path)).status, 200, path);
    }
    for (const path of ["/global_stats", "/local_stats", "/difficulty", "/web/best_share_hash"]) {
      assert.equal(await (await get(path)).text(), "null", path);
    }
    assert.equal(await (await get("/rate")).text(), "0");
    assert.equal((await get("/readyz")).status, 503);
    assert.equal((await get("/healthz")).status, 200);
  });

  test("wrong requests are told what is wrong", async (t) => {
    const { get } = await serve(t, recordedView("btc1"));
    for (const [path, status, code] of [
      ["/shares/zz", 400, "bad_request"],
      [`/shares/${"0".repeat(64)}`, 404, "not_found"],
      ["/shares?limit=501", 400, "bad_request"],
      ["/shares?limit=1&limit=2", 400, "bad_request"],
      ["/shares?nosuch=1", 400, "bad_request"],
      ["/shares?cursor=abc", 400, "bad_request"],
      [`/shares?cursor=${Buffer.from("0".repeat(64)).toString("base64url")}`, 410, "stale_cursor"],
      [`/payouts/current?cursor=${Buffer.from("gone:5").toString("base64url")}`, 410, "stale_cursor"],
      ["/series/nosuch", 404, "not_found"],
      ["/series/pool_rates?view=last_century", 400, "bad_request"],
      ["/miners/nobody", 404, "not_found"],
      ["/nosuch", 404, "not_found"],
      ["/payouts/scaled", 400, "bad_request"],
      [`/validate?username=${"x".repeat(300)}`, 400, "bad_request"],
    ] as const) {
      const response = await get(API + path);
      assert.equal(response.status, status, path);
      assert.equal(schemas.errorReply.parse(await response.json()).error.code, code, path);
    }
    const posted = await get(`${API}/status`, { method: "POST" });
    assert.equal(posted.status, 405);
    assert.equal(posted.headers.get("allow"), "GET, HEAD, OPTIONS");
    assert.equal((await get(`/${"x".repeat(3000)}`)).status, 414);
    const preflight = await get(`${API}/status`, { method: "OPTIONS" });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
  });

  test("lists come in pages that fit together", async (t) => {
    const view = recordedView("ltc1");
    const { get } = await serve(t, view);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? "" : `&cursor=${cursor}`;
      const page = schemas.pageOf(schemas.shareItem).parse(await (await get(`${API}/shares?limit=100${query}`)).json());
      seen.push(...page.items.map(({ hash }) => hash));
      cursor = page.nextCursor;
    } while (cursor !== null);
    assert.deepEqual(
      seen,
      [...view.figures.best!.chain(view.figures.best!.height)].map(({ id }) => id),
    );
    const first = schemas.payouts.parse(await (await get(`${API}/payouts/current?limit=2`)).json());
    const rest = schemas.payouts.parse(await (await get(`${API}/payouts/current?cursor=${first.nextCursor}`)).json());
    const sum = [...first.items, ...rest.items].reduce((total, { amountSat }) => total + BigInt(amountSat), 0n);
    assert.equal(String(sum), first.totalSat);
    assert.equal(first.totalSat, first.subsidySat);
  });

  test("lists and series are also given as CSV, and series of a stretch of time", async (t) => {
    const view = recordedView("ltc1");
    const { get } = await serve(t, view);
    const shares = await get(`${API}/shares?limit=3&format=csv`);
    assert.equal(shares.headers.get("content-type"), "text/csv; charset=utf-8");
    const [head, first, ...rest] = (await shares.text()).trimEnd().split("\r\n");
    assert.match(head!, /^hash,parent,height,/);
    assert.ok(first!.startsWith(`${view.figures.best!.id},`));
    assert.equal(rest.length, 2);
    assert.match(await (await get(`${API}/series/memory_usage?format=csv`)).text(), /^t,value\r\n/);
    assert.equal((await get(`${API}/status?format=csv`)).status, 400);
    assert.equal((await get(`${API}/shares?format=xml`)).status, 400);
    assert.equal(toCsv({ items: [{ a: '=1+"1"', b: null, c: { d: 1 } }] }), `a,b,c\r\n"'=1+""1""",,"{""d"":1}"\r\n`);
    const now = new VirtualClock().now();
    const stretch = schemas.series.parse(
      await (await get(`${API}/series/memory_usage?from=${now - 7200}&to=${now - 3600}`)).json(),
    );
    assert.equal(stretch.view, "last_day");
    assert.ok(stretch.t.length >= 12 && stretch.t.length <= 14, `${stretch.t.length} bins`);
    assert.equal(stretch.values.value!.length, stretch.t.length);
  });

  test("the whole chain can be fetched in few requests", async (t) => {
    const view = recordedView("ltc1");
    const { get } = await serve(t, view);
    const bytes = new Uint8Array(
      await (await get(`${API}/shares/${view.figures.best!.id}/chain?count=3`)).arrayBuffer(),
    );
    let offset = 0;
    for (const node of view.figures.best!.chain(3)) {
      const { raw } = node.item.share;
      const long = bytes[offset] === 0xfd;
      const length = long ? bytes[offset + 1]! + 256 * bytes[offset + 2]! : bytes[offset]!;
      offset += long ? 3 : 1;
      assert.deepEqual(Buffer.from(bytes.subarray(offset, offset + length)), Buffer.from(raw));
      offset += length;
    }
    assert.equal(offset, bytes.length);
  });

  test("what the client has is not sent again, and large replies are compressed", async (t) => {
    const { get } = await serve(t, recordedView("ltc1"));
    const url = `${API}/shares?limit=500`;
    const first = await get(url, { headers: { "Accept-Encoding": "gzip" } });
    assert.equal(first.headers.get("content-encoding"), "gzip");
    const etag = first.headers.get("etag")!;
    const again = await get(url, { headers: { "If-None-Match": etag } });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), "");
    const plain = await get(url, { headers: { "Accept-Encoding": "identity" } });
    assert.equal(plain.headers.get("content-encoding"), null);
    assert.equal((await plain.text()).length, (await first.text()).length);
    assert.equal((await get(url, { method: "HEAD" })).status, 200);
  });

  test("the description names every resource and event", async (t) => {
    const { get } = await serve(t, empty());
    const api = (await (await get(`${API}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, { get: { operationId: string; parameters: { name: string; in: string }[] } }>;
      components: { schemas: Record<string, unknown> };
    };
    assert.match(api.openapi, /^3\.1/);
    for (const { path } of apiResources()) {
      const { parameters } = api.paths[path]!.get;
      for (const [, name] of path.matchAll(/\{(\w+)\}/g)) {
        assert.ok(parameters.some((parameter) => parameter.in === "path" && parameter.name === name));
      }
    }
    const ids = Object.values(api.paths).map((path) => path.get.operationId);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(api.components.schemas.Event_share);
    assert.ok(!/\$schema|9007199254740991/.test(JSON.stringify(api)));
  });

  test("metrics have names, help and types, and nothing that is unknown", async (t) => {
    const { get } = await serve(t, empty());
    const text = await (await get("/metrics")).text();
    assert.match(text, /^p2pool_state\{state="syncing"\} 1$/m);
    assert.doesNotMatch(text, /NaN|null|undefined|Infinity/);
    assert.doesNotMatch(text, /p2pool_pool_hashrate /);
    for (const line of text.trim().split("\n")) {
      assert.match(line, /^(# (HELP|TYPE) p2pool_\w+ .+|p2pool_\w+(\{[^}]*\})? -?[\d.e+-]+)$/);
    }
  });

  test("latencies are histograms as Prometheus has them", async (t) => {
    const view = empty();
    const call = new Histogram([0.01, 1]);
    for (const seconds of [0.005, 0.5, 2]) call.observe(seconds);
    const latencies = { ...view.latencies(), daemonCalls: new Map([["getblocktemplate", call]]) };
    const { get } = await serve(t, { ...view, latencies: () => latencies });
    await get("/healthz");
    const text = await (await get("/metrics")).text();
    const lines = text.split("\n").filter((line) => line.includes("daemon_rpc_seconds"));
    assert.deepEqual(lines.slice(1), [
      "# TYPE p2pool_daemon_rpc_seconds histogram",
      'p2pool_daemon_rpc_seconds_bucket{method="getblocktemplate",le="0.01"} 1',
      'p2pool_daemon_rpc_seconds_bucket{method="getblocktemplate",le="1"} 2',
      'p2pool_daemon_rpc_seconds_bucket{method="getblocktemplate",le="+Inf"} 3',
      'p2pool_daemon_rpc_seconds_sum{method="getblocktemplate"} 2.505',
      'p2pool_daemon_rpc_seconds_count{method="getblocktemplate"} 3',
    ]);
    assert.match(text, /^p2pool_http_request_seconds_count\{route="\/healthz"\} 1$/m);
    assert.doesNotMatch(text, /submit_handle_seconds/);
  });

  test("connections of miners are the operator's, in pages", async (t) => {
    const one: ConnectionSummary = {
      process: 1,
      extranonce1: 0xab,
      remoteAddress: "192.0.2.7",
      userAgent: "cgminer/4.12",
      worker: "payee.rig.2",
      difficulty: 8,
      versionMask: 0x1fffe000,
      counts: { accepted: 3, stale: 1, duplicate: 0, low: 0, invalid: 0 },
      hashRate: 5e12,
      connectedAt: 1_700_000_000,
      lastSubmitAt: 1_700_000_100,
      bytesIn: 100,
      bytesOut: 5000,
      unsentBytes: 0,
    };
    const asked: unknown[] = [];
    const view: NodeView = {
      ...empty(),
      connections: async (from, limit) => {
        asked.push([from, limit]);
        if (from.number === 99) return null;
        return from.number === 0
          ? { items: [one], next: { process: 1, number: 7 } }
          : { items: [{ ...one, worker: null }], next: null };
      },
    };
    const { get } = await serve(t, view, new VirtualClock(), { password: "s3cret" });
    const refused = await get(`${API}/connections`);
    assert.equal(refused.status, 403);
    assert.doesNotMatch(await refused.text(), /192/);
    assert.deepEqual(asked, []);
    const headers = { Authorization: "Bearer s3cret" };
    const list = schemas.pageOf(schemas.connection);
    const first = list.parse(await (await get(`${API}/connections?limit=1`, { headers })).json());
    assert.deepEqual(first.items[0], {
      id: "000000ab",
      process: 1,
      remoteAddress: "192.0.2.7",
      userAgent: "cgminer/4.12",
      address: "payee",
      worker: "rig.2",
      difficulty: 8,
      versionMask: "1fffe000",
      results: one.counts,
      rate: 5e12,
      connectedAt: 1_700_000_000,
      lastSubmitAt: 1_700_000_100,
      bytesIn: 100,
      bytesOut: 5000,
      unsentBytes: 0,
    });
    const response = await get(`${API}/connections?limit=1&cursor=${first.nextCursor}`, { headers });
    assert.match(response.headers.get("cache-control")!, /private/);
    const second = list.parse(await response.json());
    assert.equal(second.items[0]!.address, null);
    assert.equal(second.nextCursor, null);
    assert.deepEqual(asked, [
      [{ process: 0, number: 0 }, 1],
      [{ process: 1, number: 7 }, 1],
    ]);
    const cursor = (text: string): string => Buffer.from(text).toString("base64url");
    const ask = (text: string) => get(`${API}/connections?cursor=${cursor(text)}`, { headers });
    assert.equal((await ask("connections:1:99")).status, 503, "while too many ask");
    assert.equal((await ask("connections:-1:0")).status, 400);
    assert.equal((await ask("users:1:0")).status, 400);
    assert.equal((await get(`${API}/connections?limit=501`, { headers })).status, 400);
  });

  test("what is the operator's needs the password where there is one", async (t) => {
    const { get } = await serve(t, empty(), new VirtualClock(), { password: "s3cret" });
    assert.equal((await get(`${API}/daemon`)).status, 403);
    const basic = `Basic ${Buffer.from("anybody:s3cret").toString("base64")}`;
    for (const authorization of ["Bearer s3cret", basic]) {
      assert.equal((await get(`${API}/daemon`, { headers: { authorization } })).status, 200);
    }
    assert.equal((await get(`${API}/daemon`, { headers: { authorization: "Bearer wrong" } })).status, 403);
    const login = await get("/login");
    assert.equal(login.status, 401);
    assert.match(login.headers.get("www-authenticate")!, /^Basic/);
    const open = await serve(t, empty());
    assert.equal((await open.get(`${API}/daemon`)).status, 200, "this machine may, without a password");
  });
});
