import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { seededRandom } from "../../../src/core/random.js";
import { isExposed, parseEndpoint } from "../../../src/daemon/rpc/endpoint.js";
import { RpcClient, type RpcClientError, type RpcClientOptions, retryForever } from "../../../src/daemon/rpc/index.js";
import { ManualClock } from "../../support/daemon-clock.js";
import { FakeDaemon, type FakePlace, type FakeScript, ok, refusal } from "../../support/daemon-fake.js";
import { TEST_CERTIFICATE, TEST_KEY } from "../../support/daemon-tls.js";

interface BatchRequest {
  readonly id: number;
  readonly method: string;
}

describe("rpc library", () => {
  let daemons: FakeDaemon[];
  let clients: RpcClient[];

  beforeEach(() => {
    daemons = [];
    clients = [];
  });

  afterEach(async () => {
    for (const client of clients) client.close();
    for (const daemon of daemons) await daemon.stop();
  });

  async function start(script: FakeScript, place: FakePlace = {}): Promise<FakeDaemon> {
    const daemon = await FakeDaemon.start(script, place);
    daemons.push(daemon);
    return daemon;
  }

  function connect(daemon: FakeDaemon, options: Partial<RpcClientOptions> = {}): RpcClient {
    const rpc = new RpcClient({ url: daemon.url, auth: { user: "u", password: "p" }, ...options });
    clients.push(rpc);
    return rpc;
  }

  async function failureOf(call: Promise<unknown>): Promise<RpcClientError> {
    return call.then(
      () => assert.fail("did not fail"),
      (error) => error as RpcClientError,
    );
  }

  const raw =
    (result: string): FakeScript =>
    ({ id }) => ({ body: `{"result":${result},"error":null,"id":${id}}` });

  describe("numbers", () => {
    test("amounts are satoshi, from their digits; what no schema names is a number", async () => {
      const daemon = await start(
        raw(
          '{"mine":{"trusted":20999999.99999999,"untrusted_pending":0,"immature":1e-8,"extra":0.5},"lastprocessedblock":{"x":0.25}}',
        ),
      );
      const balances = await connect(daemon).request("getbalances", []);
      assert.deepEqual(balances, {
        mine: { trusted: 2_099_999_999_999_999n, untrusted_pending: 0n, immature: 1n, extra: 0.5 },
        lastprocessedblock: { x: 0.25 },
      });
      daemon.script = raw("0.1");
      assert.equal(await connect(daemon).request("getbalance", []), 10_000_000n);
      daemon.script = raw("0.123456789");
      assert.equal(
        (await failureOf(connect(daemon).request("getbalance", []))).message,
        "result: more than 8 decimals",
      );
    });

    test("the escape hatch keeps big integers, and on demand every digit", async () => {
      const daemon = await start(raw("[9007199254740993,1.10,-1]"));
      const rpc = connect(daemon);
      assert.deepEqual(await rpc.call("x"), [9007199254740993n, 1.1, -1]);
      assert.equal(String(await rpc.call("x", [], { numbers: "lossless" })), "9007199254740993,1.10,-1");
    });

    test("satoshi are sent as coins where the method wants coins", async () => {
      const daemon = await start(raw(`"${"ab".repeat(32)}"`));
      const rpc = connect(daemon);
      await rpc.request("sendtoaddress", ["addr", 123n]);
      await rpc.request("sendtoaddress", { address: "addr", amount: 10_000_000n });
      await rpc.request("sendmany", ["", { a: 1n, b: 2_099_999_999_999_999n }]);
      await rpc.call("other", [123n]);
      const bodies = daemon.requests.map(({ body }) => body.slice(body.indexOf('"params":') + 9, -1));
      assert.deepEqual(bodies, [
        '["addr",0.00000123]',
        '{"address":"addr","amount":0.10000000}',
        '["",{"a":0.00000001,"b":20999999.99999999}]',
        "[123]",
      ]);
    });
  });

  test("named parameters; undefined ones are not sent", async () => {
    const daemon = await start((request) => ok(request, 1));
    await connect(daemon).call("getblock", { blockhash: "00", verbosity: undefined, args: [1] });
    assert.deepEqual(daemon.requests[0]?.params, { blockhash: "00", args: [1] });
  });

  test("wallets have paths of their own, on the same connections", async () => {
    const daemon = await start((request) => ok(request, 1));
    const rpc = connect(daemon);
    const names = ["", "my wallet", "a/b", "müller", ".."];
    for (const name of names) await rpc.wallet(name).call("getwalletinfo");
    await rpc.call("getblockcount");
    assert.deepEqual(
      daemon.requests.map(({ incoming }) => incoming.url),
      ["/wallet/", "/wallet/my%20wallet", "/wallet/a%2Fb", "/wallet/m%C3%BCller", "/wallet/..", "/"],
    );
    assert.deepEqual(
      daemon.requests.map(({ id }) => id),
      [1, 2, 3, 4, 5, 6],
    );
    assert.equal(daemon.connections, 1);
  });

  test("JSON-RPC 2.0 for daemons of 28 or newer, or when asked for", async () => {
    const daemon = await start((request) => ok(request, { version: 280100 }));
    const rpc = connect(daemon);
    assert.equal(await rpc.version(), 280100);
    assert.equal(await rpc.version(), 280100);
    await rpc.call("x");
    await connect(daemon, { jsonrpc: "2.0" }).call("x");
    const versions = daemon.requests.map(({ body }) => (JSON.parse(body) as { jsonrpc: string }).jsonrpc);
    assert.deepEqual(versions, ["1.0", "2.0", "2.0"]);
    daemon.script = (request) => ok(request, { version: "v1.0.2" });
    assert.equal(await connect(daemon).version(), null);
  });

  test("knows which methods a daemon has, by its help and by what failed", async () => {
    const daemon = await start((request) =>
      request.method === "help"
        ? ok(request, request.params[0] === "getblock" ? "getblock …" : `help: unknown command: ${request.params[0]}`)
        : refusal(request, -32601, "Method not found", 404),
    );
    const rpc = connect(daemon);
    assert.deepEqual([await rpc.supports("getblock"), await rpc.supports("getmoney")], [true, false]);
    await failureOf(rpc.call("getblock"));
    assert.equal(await rpc.supports("getblock"), false);
  });

  describe("batch", () => {
    const answerAll =
      (
        answer: (call: BatchRequest) => string,
        order: (entries: string[]) => string[] = (entries) => entries,
      ): FakeScript =>
      ({ params }) => ({ body: `[${order((params as BatchRequest[]).map(answer)).join(",")}]` });
    const result = ({ id, method }: BatchRequest): string =>
      `{"result":${JSON.stringify(method)},"error":null,"id":${id}}`;

    test("answers are told by their ids, each with its own success or error", async () => {
      const daemon = await start(
        answerAll(
          ({ id, method }) => {
            if (method === "bad") return `{"result":null,"error":{"code":-5,"message":"no such thing"},"id":${id}}`;
            return method === "getbalance" ? `{"result":0.1,"error":null,"id":${id}}` : `{"result":7,"id":${id}}`;
          },
          (entries) => entries.reverse(),
        ),
      );
      const [count, balance, bad, unknown] = await connect(daemon).batch([
        ["getblockcount"],
        ["getbalance"],
        ["bad", [1]],
        ["other"],
      ]);
      assert.deepEqual(
        [count, balance, unknown],
        [7, 10_000_000n, 7].map((value) => ({ ok: true, value })),
      );
      assert.ok(!bad.ok);
      assert.deepEqual(
        [bad.error.name, bad.error.method, bad.error.message],
        ["InvalidAddressOrKeyError", "bad", "no such thing"],
      );
      assert.equal(daemon.requests.length, 1);
    });

    test("a missing answer, one given twice and one of the wrong shape are errors of their calls", async () => {
      const daemon = await start(
        answerAll((call) => {
          const one = result(call);
          if (call.method === "missing") return result({ ...call, id: 999 });
          return call.method === "twice" ? `${one},${one}` : one;
        }),
      );
      const results = await connect(daemon).batch([["missing"], ["twice"], ["getblockcount"], ["fine"]]);
      const told = results.map((entry) => (entry.ok ? entry.value : `${entry.error.code} ${entry.error.message}`));
      assert.deepEqual(told.slice(0, 2), [
        "RPC_PROTOCOL the batch holds no answer to this call",
        "RPC_PROTOCOL the batch holds two answers to this call",
      ]);
      assert.match(String(told[2]), /^RPC_PROTOCOL result: /);
      assert.equal(told[3], "fine");
    });

    test("is split by number and by size, and not sent when empty", async () => {
      const daemon = await start(answerAll(result));
      const rpc = connect(daemon);
      assert.deepEqual(await rpc.batch([]), []);
      const many = await rpc.batch(Array.from({ length: 250 }, (_, i) => [`m${i}`] as const));
      assert.deepEqual(
        many.map((entry) => entry.ok && entry.value),
        Array.from({ length: 250 }, (_, i) => `m${i}`),
      );
      assert.deepEqual(
        daemon.requests.map(({ params }) => params.length),
        [100, 100, 50],
      );
      const big = "ab".repeat(300_000);
      await rpc.batch([["a", [big]], ["b", [big]], ["c"]]);
      assert.deepEqual(
        daemon.requests.slice(3).map(({ params }) => params.length),
        [1, 2],
      );
    });

    test("a daemon that knows no batches gets single calls", async () => {
      const daemon = await start((request) =>
        request.method === "batch"
          ? refusal({ ...request, id: null as never }, -32600, "Invalid Request")
          : ok(request, 5),
      );
      const results = await connect(daemon).batch([["getblockcount"], ["x"]]);
      assert.deepEqual(results, [
        { ok: true, value: 5 },
        { ok: true, value: 5 },
      ]);
      assert.equal(daemon.requests.length, 3);
    });

    test("what goes wrong with the whole request is the error of each call", async () => {
      const daemon = await start(() => ({ status: 503, body: "Work queue depth exceeded" }));
      const results = await connect(daemon).batch([["getblockcount"], ["x"]]);
      assert.deepEqual(
        results.map((entry) => !entry.ok && entry.error.code),
        ["RPC_BUSY", "RPC_BUSY"],
      );
      await assert.rejects(connect(daemon).batch([["submitblock", ["00"]]]), RangeError);
    });
  });

  describe("repetitions", () => {
    test("with growing pauses, only of what may be repeated and of errors that may pass", async () => {
      const clock = new ManualClock();
      const daemon = await start((request) => refusal(request, -28, "Loading block index…"));
      const rpc = connect(daemon, { clock, retries: 3, random: seededRandom(1) });
      const failed = failureOf(rpc.getBlockCount());
      const pauses: number[] = [];
      for (let i = 0; i < 3; i++) pauses.push(await clock.advanceToNext(2_000));
      assert.equal((await failed).code, "RPC_WARMUP");
      for (const [i, pause] of pauses.entries())
        assert.ok(pause <= 250 * 2 ** i && pause > 125 * 2 ** i, String(pauses));
      assert.equal(daemon.requests.length, 4);

      assert.equal((await failureOf(rpc.getNewAddress("x"))).code, "RPC_WARMUP");
      assert.equal((await failureOf(rpc.call("unknown"))).code, "RPC_WARMUP");
      daemon.script = (request) => refusal(request, -5, "Block not found");
      assert.equal((await failureOf(rpc.getBlockHash(1))).code, "RPC_INVALID_ADDRESS_OR_KEY");
      assert.equal(daemon.requests.length, 7);
      assert.equal(clock.size, 0);
    });

    test("for ever, until it works or its caller has enough", async () => {
      const clock = new ManualClock();
      let left = 3;
      const told: unknown[] = [];
      const done = retryForever(async () => (left-- > 0 ? Promise.reject(new Error(`${left}`)) : "here"), {
        clock,
        delayMs: 1_000,
        onError: (error) => told.push(String(error)),
      });
      for (let i = 0; i < 3; i++) {
        await clock.untilWaiting(1_000);
        clock.advance(1_000);
      }
      assert.equal(await done, "here");
      assert.equal(told.length, 3);
      const controller = new AbortController();
      const ended = retryForever(() => Promise.reject(new Error("no")), {
        clock,
        delayMs: 1,
        signal: controller.signal,
      });
      await clock.untilWaiting(1);
      controller.abort(new Error("enough"));
      await assert.rejects(ended, /enough/);
    });
  });

  test("health follows what calls meet, and tells of changes", async () => {
    const clock = new ManualClock();
    const daemon = await start((request) => ok(request, 5));
    const rpc = connect(daemon, { clock });
    const states: string[] = [];
    rpc.onHealth(({ state }) => states.push(state));
    assert.equal(rpc.health.state, "unknown");
    await rpc.getBlockCount();
    assert.deepEqual([rpc.health.state, rpc.health.lastSuccessAt], ["up", clock.now()]);
    daemon.script = (request) => refusal(request, -5, "not found");
    await failureOf(rpc.getBlockHash(1));
    assert.equal(rpc.health.state, "up");
    daemon.script = (request) => refusal(request, -28, "Rescanning…");
    for (let i = 0; i < 5; i++) await failureOf(rpc.getBlockCount());
    assert.equal(rpc.health.state, "degraded");
    daemon.script = () => ({ status: 502, body: "<html>" });
    for (let i = 0; i < 3; i++) await failureOf(rpc.getBlockCount());
    assert.deepEqual([rpc.health.state, rpc.health.lastError?.code, rpc.health.failures], ["down", "RPC_HTTP", 3]);
    daemon.script = (request) => ok(request, 5);
    await rpc.getBlockCount();
    assert.deepEqual(states, ["up", "degraded", "down", "up"]);
  });

  test("hooks see every request that leaves and what came of it", async () => {
    const seen: unknown[] = [];
    const daemon = await start((request) => ok(request, 5));
    const rpc = connect(daemon, {
      hooks: {
        onRequest: ({ method, bytes }) => seen.push([method, bytes]),
        onResponse: ({ method, bytes, outcome, durationMs }) => seen.push([method, bytes, outcome, durationMs >= 0]),
      },
    });
    await rpc.getBlockCount();
    daemon.script = () => ({ status: 401, body: "" });
    await failureOf(rpc.getBlockCount());
    const bytes = daemon.requests[0]?.body.length;
    assert.deepEqual(seen, [
      ["getblockcount", bytes],
      ["getblockcount", '{"result":5,"error":null,"id":1}'.length, "ok", true],
      ["getblockcount", bytes],
      ["getblockcount", 0, "RPC_AUTH", true],
    ]);
  });

  describe("several ways to log in", () => {
    const demand =
      (password: string): FakeScript =>
      (request) => {
        const given = Buffer.from(request.incoming.headers.authorization?.slice(6) ?? "", "base64").toString();
        return given === `u:${password}` ? ok(request, 5) : { status: 401, body: "" };
      };
    const auth = ["one", "two"].map((password) => ({ user: "u", password }));

    test("the one that works stands until it is refused", async () => {
      const daemon = await start(demand("two"));
      const rpc = connect(daemon, { auth });
      await rpc.getBlockCount();
      await rpc.getBlockCount();
      assert.equal(daemon.requests.length, 3);
      daemon.script = demand("one");
      await rpc.getBlockCount();
      assert.equal(daemon.requests.length, 5);
      daemon.script = demand("three");
      assert.equal((await failureOf(rpc.getBlockCount())).code, "RPC_AUTH");
      assert.equal(daemon.requests.length, 7, "each once");
    });

    test("a missing cookie is no obstacle when there is a password, and else says why there is none", async () => {
      const daemon = await start(demand("one"));
      const missing = { cookieFile: join(tmpdir(), "no-such-cookie"), hint: "the file has only rpcauth lines" };
      assert.equal(await connect(daemon, { auth: [missing, ...auth] }).getBlockCount(), 5);
      assert.match(
        (await failureOf(connect(daemon, { auth: missing }).getBlockCount())).message,
        /missing.*; the file has only rpcauth/,
      );
    });
  });

  describe("https", () => {
    const tls = { cert: TEST_CERTIFICATE, key: TEST_KEY };

    test("with the authority given; a stranger's certificate is refused", async () => {
      const daemon = await start((request) => ok(request, 5), { tls });
      assert.equal(await connect(daemon, { tls: { ca: TEST_CERTIFICATE } }).getBlockCount(), 5);
      const error = await failureOf(connect(daemon).getBlockCount());
      assert.equal(error.code, "RPC_CONNECTION");
      assert.match(error.message, /self-signed certificate/);
      assert.equal(daemon.requests.length, 1);
    });

    test("with a pinned certificate only that one", async () => {
      const daemon = await start((request) => ok(request, 5), { tls });
      const { fingerprint256 } = new X509Certificate(TEST_CERTIFICATE);
      const pinned = (fingerprint: string): RpcClient =>
        connect(daemon, { tls: { ca: TEST_CERTIFICATE, fingerprint256: fingerprint } });
      assert.equal(await pinned(fingerprint256).getBlockCount(), 5);
      const other = fingerprint256.replace(/^../, (byte) => (byte === "00" ? "01" : "00"));
      assert.match((await failureOf(pinned(other).getBlockCount())).message, /not the one that was pinned/);
    });
  });

  test("Unix domain sockets", async () => {
    const directory = await mkdtemp(join(tmpdir(), "rpc-"));
    const socketPath = join(directory, "rpc.sock");
    const daemon = await start((request) => ok(request, 5), { socketPath });
    const rpc = connect(daemon);
    assert.equal(await rpc.getBlockCount(), 5);
    assert.equal(rpc.endpoint, `unix:${socketPath}`);
    const nobody = await failureOf(new RpcClient({ url: `unix:${socketPath}2` }).getBlockCount());
    assert.match(nobody.message, /^nobody listens at unix:/);
    await rm(directory, { recursive: true });
  });

  test("endpoints: what is exposed, and where IPv6 and paths go", () => {
    const exposed = (url: string): boolean => isExposed(parseEndpoint(url));
    for (const url of [
      "http://127.0.0.1/",
      "http://localhost/",
      "http://[::1]:8332/",
      "http://192.168.1.5/",
      "http://10.0.0.1/",
    ]) {
      assert.equal(exposed(url), false, url);
    }
    for (const url of ["http://8.8.8.8/", "http://node.example/", "http://172.32.0.1/", "http://[2001:db8::1]/"]) {
      assert.equal(exposed(url), true, url);
    }
    assert.deepEqual([exposed("https://node.example/"), exposed("unix:/run/x")], [false, false]);
    assert.deepEqual(parseEndpoint("http://[::1]:8332/rpc?x#y"), {
      text: "http://[::1]:8332/rpc",
      isSecure: false,
      auth: null,
      target: { hostname: "::1", port: "8332" },
      path: "/rpc/",
    });
  });
});
