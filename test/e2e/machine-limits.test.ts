import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { FakeDaemon, type FakeScript, ok, refusal } from "../support/daemon-fake.js";
import { rawTemplate } from "../support/daemon-template.js";
import { freePort } from "../support/daemons.js";
import { Program } from "../support/program.js";
import { LineClient } from "../unit/workers/support/stratum.js";

// The real process where the machine gives little: few file descriptors, little memory, a daemon that comes and goes. It serves
// who it serves already, takes what it can, says what is wrong, and is well again when that is over.

const ADDRESS = "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8";
const GENESIS = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206";

describe("limits of the machine", { timeout: 120_000 }, () => {
  let daemon: FakeDaemon;
  let folder = "";
  let program: Program | null = null;
  let port = 0;
  let p2pPort = 0;
  const sockets: Socket[] = [];

  /** A daemon of regtest whose template is always of this second; it has no long poll to give. */
  const honest: FakeScript = (request) => {
    const now = Math.floor(Date.now() / 1000);
    const { method, params } = request;
    if (method === "getblockheader" && params[0] === GENESIS) return ok(request, { hash: GENESIS, height: 0 });
    if (method !== "getblocktemplate") return refusal(request, -32601, "Method not found");
    if ((params[0] as { longpollid?: string }).longpollid !== undefined) return null;
    return ok(request, rawTemplate({ curtime: now, mintime: now - 3_600, target: undefined, bits: "207fffff" }));
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "p2pool-limits-"));
    daemon = await FakeDaemon.start(honest);
    [port, p2pPort] = [await freePort(), await freePort()];
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await program?.kill();
    program = null;
    await daemon.stop();
    rmSync(folder, { recursive: true });
  });

  async function start(launcher: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Program> {
    const { host } = new URL(daemon.url);
    const args = [
      ...["--net", "bitcoin_regtest", "-a", ADDRESS, "--datadir", folder, "-w", `127.0.0.1:${port}`],
      ...[
        "--bitcoind-address",
        host,
        "--p2pool-port",
        String(p2pPort),
        "--allow-obsolete-bitcoind",
        "--test-addresses",
      ],
      ...["user", "password"],
    ];
    program = new Program(args, undefined, env, launcher);
    await program.until((line) => (line.includes(`127.0.0.1:${port}`) ? true : undefined));
    return program;
  }

  async function open(count: number, to: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const socket = connect({ port: to, host: "127.0.0.1" });
      socket.on("error", () => {});
      sockets.push(socket);
    }
    await until(() => sockets.every((socket) => !socket.connecting), "all connections were taken or refused");
  }

  async function until(what: () => boolean | Promise<boolean>, label: string): Promise<void> {
    for (let i = 0; !(await what()); i++) {
      assert.ok(i < 2_000, `no ${label}: ${program?.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  const status = async (path: string): Promise<number> =>
    fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(5_000) }).then(
      async (response) => {
        await response.text();
        return response.status;
      },
      () => 0,
    );

  /** A miner that has work. */
  async function miner(): Promise<LineClient> {
    const client = await LineClient.open(port);
    await client.request("mining.subscribe", []);
    client.send({ id: 1, method: "mining.authorize", params: [ADDRESS, "x"] });
    await client.notification("mining.notify");
    return client;
  }

  const prompt = async (client: LineClient): Promise<void> => {
    assert.equal((await client.request("mining.ping")).result, "pong");
  };

  test("few file descriptors: the daemon and the disk have theirs, whoever connects", async () => {
    const node = await start(["prlimit", "--nofile=250:250"]);
    await until(() => daemon.requests.some(({ method }) => method === "getblocktemplate"), "template");
    const client = await miner();
    await open(400, port);
    await prompt(client);
    // Its connections end, and it has to open new ones.
    const before = daemon.requests.length;
    daemon.closeConnections();
    await until(() => daemon.requests.length > before, "request after the daemon had closed its connections");
    await prompt(client);
    await node.untilError(/turned away: the machine has no file descriptors for more/);
    for (const socket of sockets.splice(0)) socket.destroy();
    await until(async () => (await status("/healthz")) === 200, "page when they are gone");
    client.socket.destroy();
    node.signal("SIGTERM");
    assert.deepEqual(await node.ended, { code: 0, signal: null });
    assert.doesNotMatch(node.stderr, /EMFILE|too many open files/i);
  });

  test("little memory: what strangers send is not kept", async () => {
    // As much heap as an idle node needs, and little more.
    const node = await start([], { NODE_OPTIONS: "--max-old-space-size=64" });
    const client = await miner();
    for (const to of [port, p2pPort]) {
      await open(60, to);
      for (const socket of sockets.splice(0)) {
        for (let i = 0; i < 20 && !socket.destroyed; i++)
          socket.write(Buffer.alloc(100_000, i % 2 === 0 ? 0x20 : 0x7b));
      }
    }
    await prompt(client);
    await until(async () => (await status("/api/v1/status")) === 200, "status");
    client.socket.destroy();
    node.signal("SIGTERM");
    assert.deepEqual(await node.ended, { code: 0, signal: null });
  });

  test("a daemon that comes and goes every moment: few words about it, and work when it stays", async () => {
    const node = await start([]);
    const client = await miner();
    let isThere = true;
    daemon.script = (request, response) => {
      if (isThere) return honest(request, response);
      response.destroy();
      return null;
    };
    for (let i = 0; i < 60; i++) {
      isThere = i % 2 === 1;
      daemon.closeConnections();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await prompt(client);
    isThere = true;
    const from = daemon.requests.length;
    await until(() => daemon.requests.slice(from).some(({ method }) => method === "getblocktemplate"), "new template");
    await until(async () => (await status("/healthz")) === 200, "health");
    const complaints = node.stderr.split("\n").filter((line) => /daemon|template/.test(line));
    assert.ok(complaints.length < 40, node.stderr);
    client.socket.destroy();
    node.signal("SIGTERM");
    assert.deepEqual(await node.ended, { code: 0, signal: null });
  });
});
