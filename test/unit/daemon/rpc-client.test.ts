import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { inspect } from "node:util";
import { freePort } from "../../../src/daemon/embedded/free-port.js";
import { RpcClient, type RpcClientError, type RpcClientOptions } from "../../../src/daemon/rpc/index.js";
import { ManualClock } from "../../support/daemon-clock.js";
import { FakeDaemon, type FakeRequest, type FakeScript, ok, refusal } from "../../support/daemon-fake.js";

const PASSWORD = "päss:w0rd#secret";

function basic(userPassword: string): string {
  return `Basic ${Buffer.from(userPassword, "utf8").toString("base64")}`;
}

describe("rpc client", () => {
  let daemon: FakeDaemon;
  let clients: RpcClient[];

  beforeEach(async () => {
    daemon = await FakeDaemon.start((request) => ok(request, 5));
    clients = [];
  });

  afterEach(async () => {
    for (const client of clients) client.close();
    await daemon.stop();
  });

  function client(options: Partial<RpcClientOptions> = {}): RpcClient {
    const rpc = new RpcClient({ url: daemon.url, auth: { user: "", password: PASSWORD }, ...options });
    clients.push(rpc);
    return rpc;
  }

  function say(script: FakeScript): void {
    daemon.script = script;
  }

  /** The next request that the daemon sees; it is never answered. */
  function silence(): Promise<FakeRequest> {
    return new Promise((resolve) => {
      say((request) => {
        resolve(request);
        return null;
      });
    });
  }

  async function failureOf(call: Promise<unknown>): Promise<RpcClientError> {
    let failure: unknown;
    await assert.rejects(call, (error) => {
      failure = error;
      return true;
    });
    return failure as RpcClientError;
  }

  test("sends one request with exact length, credentials and increasing ids", async () => {
    const rpc = client();
    assert.equal(await rpc.getBlockCount(), 5);
    await rpc.call("getblock", ["00", undefined, 2, undefined]);
    const [first, second] = daemon.requests;
    assert.deepEqual(JSON.parse(first!.body), { jsonrpc: "1.0", id: 1, method: "getblockcount", params: [] });
    assert.deepEqual(JSON.parse(second!.body), { jsonrpc: "1.0", id: 2, method: "getblock", params: ["00", null, 2] });
    const { headers, method } = first!.incoming;
    assert.equal(method, "POST");
    assert.equal(headers["content-length"], String(Buffer.byteLength(first!.body)));
    assert.equal(headers["transfer-encoding"], undefined);
    assert.equal(headers.authorization, basic(`:${PASSWORD}`));
    assert.equal(headers["content-type"], "application/json");
    assert.equal(headers.connection, "keep-alive");
    assert.equal(daemon.connections, 1);
  });

  test("refuses parameters that JSON cannot hold, before sending", async () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, () => 1, Symbol("x")]) {
      await assert.rejects(client().call("x", [bad]), RangeError);
    }
    assert.equal(daemon.requests.length, 0);
    await client().call("x", [12n, 2n ** 60n]);
    assert.match(daemon.requests[0]?.body ?? "", /"params":\[12,1152921504606846976\]/);
  });

  test("takes the user information of the URL, and never shows it", async () => {
    const rpc = client({ url: daemon.url.replace("//", "//us%40er:p%3Aw@"), auth: null });
    await rpc.getBlockCount();
    assert.equal(daemon.requests[0]?.incoming.headers.authorization, basic("us@er:p:w"));
    assert.equal(rpc.endpoint, daemon.url);
  });

  test("refuses other URLs", () => {
    for (const url of ["ftp://x/", "nonsense", "unix:", "http://%zz:x@127.0.0.1/"]) {
      assert.throws(() => client({ url }), { name: "ConfigError", code: "RPC_CONFIG" });
    }
  });

  test("no connection is an error that says where", async () => {
    const url = `http://127.0.0.1:${await freePort()}/`;
    const error = await failureOf(client({ url }).getBlockCount());
    assert.deepEqual([error.name, error.code, error.retryable], ["ConnectionError", "RPC_CONNECTION", true]);
    assert.equal(error.data.endpoint, url);
    assert.equal(error.data.method, "getblockcount");
  });

  test("a broken answer is a connection error", async () => {
    say((_request, response) => {
      response.writeHead(200, { "Content-Length": "100" });
      response.write('{"result":', () => response.destroy());
      return null;
    });
    assert.equal((await failureOf(client().getBlockCount())).name, "ConnectionError");
  });

  test("an idle connection that the daemon closed is replaced, once", async () => {
    const rpc = client();
    await rpc.getBlockCount();
    let dropped = 0;
    say((request) => {
      // As if the request had crossed with the daemon's closing.
      if (request.connection === 1) {
        dropped++;
        request.incoming.socket.destroy();
        return null;
      }
      return ok(request, 6);
    });
    assert.equal(await rpc.getBlockCount(), 6);
    assert.deepEqual([dropped, daemon.connections], [1, 2]);
  });

  test("what may have taken effect is not repeated", async () => {
    const rpc = client();
    await rpc.getBlockCount();
    say((request) => {
      request.incoming.socket.destroy();
      return null;
    });
    assert.equal((await failureOf(rpc.getNewAddress("p2pool"))).name, "ConnectionError");
    assert.equal(daemon.requests.length, 2);
  });

  test("a connection that was new is not tried again", async () => {
    say((request) => {
      request.incoming.socket.destroy();
      return null;
    });
    assert.equal((await failureOf(client().getBlockCount())).name, "ConnectionError");
    assert.equal(daemon.requests.length, 1);
  });

  test("at most four calls at once; block submission and the long poll have connections of their own", async () => {
    const rpc = client();
    const open: { readonly request: FakeRequest; readonly answer: () => void }[] = [];
    let whenOpen = (): void => {};
    say((request) => {
      return new Promise((resolve) => {
        open.push({ request, answer: () => resolve(ok(request, request.method === "getblockcount" ? 5 : null)) });
        whenOpen();
      });
    });
    const untilOpen = (count: number): Promise<void> =>
      new Promise((resolve) => {
        whenOpen = () => {
          if (open.length >= count) resolve();
        };
        whenOpen();
      });
    const calls = Array.from({ length: 6 }, () => rpc.getBlockCount());
    const template = rpc.call("getblocktemplate");
    await untilOpen(4);
    // Null is no template.
    const longPoll = failureOf(rpc.getBlockTemplate({ rules: [], longpollid: "x" }));
    const submission = rpc.submitBlock("00");
    await untilOpen(6);
    assert.equal(daemon.connections, 6);
    for (const { answer, request } of open) if (request.method === "submitblock") answer();
    assert.equal(await submission, null);
    open[0]?.answer();
    await untilOpen(7);
    // It waits in front of calls that came before it.
    assert.equal(open[6]?.request.method, "getblocktemplate");
    whenOpen = () => open.at(-1)?.answer();
    for (const { answer } of open) answer();
    assert.deepEqual(await Promise.all(calls), [5, 5, 5, 5, 5, 5]);
    await template;
    assert.equal((await longPoll).code, "RPC_PROTOCOL");
    assert.equal(daemon.connections, 6);
  });

  test("an answer that is too large ends the call, with and without a length in front", async () => {
    const rpc = client({ maxResponseBytes: 1000 });
    say((request) => ok(request, "x".repeat(2000)));
    const known = await failureOf(rpc.getBlockHash(1));
    say((_request, response) => {
      response.write("x".repeat(800));
      response.write("x".repeat(800));
      return null;
    });
    const unknown = await failureOf(rpc.getBlockHash(1));
    for (const error of [known, unknown]) {
      assert.equal(error.code, "RPC_PROTOCOL");
      assert.match(error.message, /larger than 1000 bytes/);
    }
    say((request) => ok(request, "a".repeat(64)));
    assert.equal(await rpc.getBlockHash(1), "a".repeat(64));
  });

  test("calls have time-outs by method", async () => {
    const cases: [(rpc: RpcClient) => Promise<unknown>, number][] = [
      [(rpc) => rpc.getBlockCount(), 30_000],
      [(rpc) => rpc.getBlockTemplate({ rules: [] }), 60_000],
      [(rpc) => rpc.submitBlock("00"), 120_000],
      [(rpc) => rpc.getBlockTemplate({ rules: [], longpollid: "x" }), 900_000],
      [(rpc) => rpc.call("getblockcount", [], { timeoutMs: 77 }), 77],
    ];
    for (const [call, timeoutMs] of cases) {
      const clock = new ManualClock();
      const asked = silence();
      const failed = failureOf(call(client({ clock })));
      await asked;
      clock.advance(timeoutMs - 1);
      clock.advance(1);
      const error = await failed;
      assert.deepEqual([error.name, error.code, error.data.durationMs], ["TimeoutError", "RPC_TIMEOUT", timeoutMs]);
      assert.equal(clock.size, 0);
    }
  });

  test("connecting has a time-out of its own", async () => {
    const clock = new ManualClock();
    // A host that never answers cannot be had offline, so time passes before the connection is there.
    const failed = failureOf(client({ clock, connectTimeoutMs: 5 }).getBlockCount());
    await clock.untilWaiting(5);
    clock.advance(5);
    const error = await failed;
    assert.deepEqual([error.code, error.message], ["RPC_TIMEOUT", "no connection within 5 ms"]);
  });

  test("an abort closes the connection, also of a long poll, and leaves nothing behind", async () => {
    const clock = new ManualClock();
    const rpc = client({ clock });
    const controller = new AbortController();
    const asked = silence();
    const call = rpc.getBlockTemplate({ rules: ["segwit"], longpollid: "x" }, { signal: controller.signal });
    const { incoming } = await asked;
    const closed = new Promise((resolve) => incoming.socket.once("close", resolve));
    const reason = new Error("enough");
    controller.abort(reason);
    await assert.rejects(call, reason);
    await closed;
    assert.equal(clock.size, 0);
    await assert.rejects(rpc.getBlockCount({ signal: controller.signal }), reason);
  });

  test("a closed client ends its calls and takes no more", async () => {
    const rpc = client();
    const asked = silence();
    const failed = failureOf(rpc.getBlockCount());
    const { incoming } = await asked;
    const closed = new Promise((resolve) => incoming.socket.once("close", resolve));
    rpc.close();
    assert.equal((await failed).message, "the client is closed");
    await closed;
    assert.equal((await failureOf(rpc.getBlockCount())).message, "the client is closed");
    assert.equal(daemon.openConnections, 0);
  });

  test("no credentials in any error, nor in what inspection shows", async () => {
    const rpc = client();
    // The worst of all proxies.
    say(({ incoming }) => ({ status: 502, body: `<html>${incoming.headers.authorization} ${PASSWORD}</html>` }));
    const echoed = await failureOf(rpc.getBlockCount());
    say(({ incoming }) => ({ status: 503, body: String(incoming.headers.authorization) }));
    const busy = await failureOf(rpc.getBlockCount());
    say(() => ({ status: 401, body: "" }));
    const refused = await failureOf(rpc.getBlockCount());
    const secrets = [PASSWORD, basic(`:${PASSWORD}`).slice(6)];
    for (const thing of [echoed, busy, refused, rpc]) {
      const text = `${inspect(thing, { depth: 9, showHidden: true })} ${String(thing)} ${JSON.stringify(thing)}`;
      for (const secret of secrets) assert.ok(!text.includes(secret), text);
    }
    assert.deepEqual([echoed.name, busy.name, refused.name], ["HttpError", "BusyError", "AuthError"]);
  });

  test("an answer of another shape is an error that names the field", async () => {
    const transaction = { data: "00", hash: "zz", fee: 1.5 };
    const template = {
      version: 1,
      previousblockhash: "0".repeat(64),
      coinbasevalue: 1,
      bits: "1d00ffff",
      transactions: [transaction],
    };
    const cases: [(rpc: RpcClient) => Promise<unknown>, unknown, RegExp][] = [
      [(rpc) => rpc.getBlockCount(), "many", /^result: /],
      [(rpc) => rpc.getBlockTemplate({ rules: [] }), template, /^result\.transactions\.0\.hash: not 64 hex digits$/],
      [(rpc) => rpc.getBlockTemplate({ rules: [] }), { ...template, bits: "x" }, /^result\.transactions|^result\.bits/],
      [(rpc) => rpc.getNetworkInfo(), { version: null }, /^result\.version: /],
      [(rpc) => rpc.submitBlock("00"), { ok: 1 }, /^result: /],
      [(rpc) => rpc.getBlockHeader("00"), null, /^result: /],
    ];
    for (const [call, result, message] of cases) {
      say((request) => ok(request, result));
      const error = await failureOf(call(client()));
      assert.equal(error.code, "RPC_PROTOCOL");
      assert.match(error.message, message);
    }
  });

  test("bears what differs between daemons", async () => {
    const rpc = client();
    say((request) => ok(request, { version: "v1.0.2", warnings: "" }));
    assert.deepEqual((await rpc.getNetworkInfo()).warnings, []);
    say((request) => ok(request, { version: 280100, subversion: "/Satoshi:28.1.0/", warnings: ["a", "b"] }));
    assert.deepEqual((await rpc.getNetworkInfo()).warnings, ["a", "b"]);
    say((request) => ok(request, true));
    assert.equal(await rpc.submitBlock("00"), null);
    say((request) => ok(request, "high-hash"));
    assert.equal(await rpc.submitBlock("00"), "high-hash");
  });

  describe("with a cookie", () => {
    let directory: string;
    let cookieFile: string;

    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), "cookie-"));
      cookieFile = join(directory, ".cookie");
    });
    afterEach(() => rm(directory, { recursive: true }));

    const demand = (userPassword: string): void =>
      say((request) =>
        request.incoming.headers.authorization === basic(userPassword) ? ok(request, 5) : { status: 401, body: "" },
      );

    test("reads it when first used, and again when it has changed", async () => {
      const rpc = client({ auth: { cookieFile } });
      const missing = await failureOf(rpc.getBlockCount());
      assert.equal(missing.code, "RPC_CONFIG");
      assert.match(missing.message, /missing: the daemon is not running/);

      await writeFile(cookieFile, "__cookie__:aa\n");
      demand("__cookie__:aa");
      assert.equal(await rpc.getBlockCount(), 5);
      await writeFile(cookieFile, "__cookie__:bb");
      demand("__cookie__:bb");
      assert.equal(await rpc.getBlockCount(), 5);
      assert.equal(daemon.requests.length, 3);
    });

    test("the same cookie is not tried again", async () => {
      await writeFile(cookieFile, "__cookie__:aa");
      demand("__cookie__:bb");
      assert.equal((await failureOf(client({ auth: { cookieFile } }).getBlockCount())).code, "RPC_AUTH");
      assert.equal(daemon.requests.length, 1);
    });

    test("a third one is not tried in the same call", async () => {
      await writeFile(cookieFile, "__cookie__:aa");
      say(async () => {
        await writeFile(cookieFile, `__cookie__:${daemon.requests.length}`);
        return { status: 401, body: "" };
      });
      assert.equal((await failureOf(client({ auth: { cookieFile } }).getBlockCount())).code, "RPC_AUTH");
      assert.equal(daemon.requests.length, 2);
    });

    test("a file that holds no cookie is an error that does not show it", async () => {
      await writeFile(cookieFile, "secret\nsecret");
      const error = await failureOf(client({ auth: { cookieFile } }).getBlockCount());
      assert.equal(error.code, "RPC_CONFIG");
      assert.doesNotMatch(inspect(error), /secret/);
    });
  });

  test("a reply that is no HTTP is a connection error", async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      socket.once("data", () => socket.end("hello\r\n"));
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const error = await failureOf(client({ url: `http://127.0.0.1:${port}/` }).getBlockCount());
    assert.equal(error.name, "ConnectionError");
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  test("an rpc error keeps the daemon's words", async () => {
    say((request) => refusal(request, -28, "Loading block index…"));
    const error = await failureOf(client().getBlockchainInfo());
    assert.deepEqual([error.name, error.message, error.data.rpcCode], ["WarmupError", "Loading block index…", -28]);
  });
});
