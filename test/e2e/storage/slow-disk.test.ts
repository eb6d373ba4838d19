import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CpuMiner } from "../../../src/cli/miner/cpu-miner.js";
import { EmbeddedNode } from "../../../src/daemon/embedded/index.js";
import type { PoolNetwork } from "../../../src/networks/index.js";
import { freePort } from "../../support/daemons.js";
import { writeEasyRegtest } from "../../support/easy-regtest.js";
import { accepted, kept } from "../../support/mining.js";
import { Program } from "../../support/program.js";
import { TcpProxy } from "../../support/tcp-proxy.js";
import { PAYEE } from "../../unit/peers/support/chain.js";
import { LineClient } from "../../unit/workers/support/stratum.js";
import { PoolMate } from "../crash/support/pool-mate.js";
import { SlowDisk } from "./support/slow-disk.js";

/** One hash in eight is a block: of the shares, one in four. */
const BLOCK_BITS = 0x201fffff;
/** Few enough that a warning about each of them is logged, and not counted only. */
const HASH_RATE = 4;
/** Long enough that no share is forgotten while a test runs. */
const CHAIN_LENGTHS = { chain_length: 600, real_chain_length: 600 };

const SHARE_UNSTORED = /the disk is slow: a share of our own is told to others before it is stored/;
const BLOCK_UNSTORED = /the disk is slow: a found block is handed in before it is written/;

/** A node on such a disk with a miner, another node, and somebody who asks it things. */
class SlowScene {
  readonly disk = new SlowDisk();
  readonly network: PoolNetwork;
  readonly mate: PoolMate;
  program!: Program;
  miner!: CpuMiner;
  /** Its way to the daemon. */
  rpc!: TcpProxy;
  private daemon!: EmbeddedNode;
  private client!: LineClient;
  private ports!: { readonly worker: number; readonly p2p: number };

  private constructor() {
    this.network = writeEasyRegtest(join(this.disk.folder, "network.json"), CHAIN_LENGTHS);
    this.mate = new PoolMate(this.network);
  }

  /** Runs a test on a node whose synced writes take so long, milliseconds. */
  static async run(delayMs: number, play: (scene: SlowScene) => Promise<void>): Promise<void> {
    const scene = new SlowScene();
    try {
      await scene.start(delayMs);
      await play(scene);
    } finally {
      await scene.end();
    }
  }

  private async start(delayMs: number): Promise<void> {
    this.daemon = await EmbeddedNode.start({ bits: BLOCK_BITS });
    this.rpc = await TcpProxy.start(Number(new URL(this.daemon.rpcUrl).port));
    this.ports = { worker: await freePort(), p2p: await freePort() };
    const { disk, daemon, ports } = this;
    // The daemon has a name, to be looked up for every connection.
    this.program = new Program(
      [
        ...["--network-file", join(disk.folder, "network.json"), "-a", PAYEE, "--datadir", disk.folder],
        ...["-w", `127.0.0.1:${ports.worker}`, "--p2pool-port", `${ports.p2p}`, "--outgoing-conns", "0"],
        ...["--disable-upnp", "--local-network", "--min-difficulty", "0.000000001", "--share-rate", "0.1"],
        ...["--bitcoind-address", "localhost", "--bitcoind-rpc-port", `${this.rpc.port}`],
        ...["--bitcoind-p2p-port", `${daemon.p2pPort}`, daemon.auth.user, daemon.auth.password],
      ],
      undefined,
      disk.environment(delayMs),
    );
    await this.program.until((line) => line.includes(`other nodes: port ${ports.p2p}`) || undefined);
    await this.mate.join(ports.p2p);
    this.client = await LineClient.open(ports.worker);
    const connection = { host: "127.0.0.1", port: ports.worker, username: `${PAYEE}.rig` };
    this.miner = new CpuMiner({ ...connection, pow: "sha256d", hashRateLimit: HASH_RATE });
    this.miner.on("error", () => {});
    this.miner.start();
  }

  private async end(): Promise<void> {
    this.disk.letGo();
    await this.program?.kill();
    this.client?.socket.destroy();
    await Promise.all([this.miner?.stop(), this.mate.part()]);
    await this.rpc?.stop();
    await this.daemon?.stop();
    this.disk.end();
  }

  /** Miners, browsers and other nodes are served, blocks are handed in, other nodes hear of shares. */
  async serves(): Promise<void> {
    const { mate, program, ports, client } = this;
    const before = { told: mate.told.length, lines: program.lines.length };
    assert.equal((await client.request("mining.ping")).result, "pong");
    const page = await this.page("status");
    assert.equal(page.status, 200);
    await page.text();
    await program.until((line) => line.includes("GOT SHARE") || undefined, before.lines);
    await program.until(accepted, before.lines);
    await until(() => mate.told.length > before.told);
    const newest = mate.told.slice(-1);
    assert.deepEqual([...(await mate.heldBy(ports.p2p, newest))], newest);
  }

  async warnings(): Promise<string> {
    return (await this.page("warnings")).text();
  }

  get blocksTaken(): string[] {
    return this.program.lines.flatMap((line) => accepted(line) ?? []);
  }

  /** Of what others know of: not on disk. */
  async missing(): Promise<readonly string[]> {
    const { told } = this.mate;
    const { shares, blocks } = await kept(this.disk.folder, this.network);
    assert.ok(shares.size > 0, "there is something to lose");
    return [...told.filter((id) => !shares.has(id)), ...this.blocksTaken.filter((hash) => !blocks.has(hash))];
  }

  private page(name: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.ports.worker}/api/v1/${name}`);
  }
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe("a disk that is slow", { timeout: 180_000, concurrency: true }, () => {
  test("1.5 s for each write: all are served, and a kill loses nothing but what it has said", () =>
    SlowScene.run(1_500, async (scene) => {
      const { program, mate, miner } = scene;
      await scene.serves();
      await program.untilError(BLOCK_UNSTORED);
      await program.kill();
      await Promise.all([miner.stop(), mate.part()]);
      const said = program.stderr.split("\n").filter((line) => SHARE_UNSTORED.test(line) || BLOCK_UNSTORED.test(line));
      const unstored = new Set(said.map((line) => /[0-9a-f]{64}/.exec(line)?.[0] ?? "a line without its hash"));
      assert.deepEqual(
        (await scene.missing()).filter((id) => !unstored.has(id)),
        [],
      );
    }));

  test("one that hangs: all are served, it is said, and everything is stored once the disk goes on", () =>
    SlowScene.run(0, async (scene) => {
      const { disk, program, miner } = scene;
      await scene.serves();
      disk.hang();
      // As many blocks as the process has threads for files. A new connection to the daemon needs one for its name.
      for (let i = 0; i < 4; i++) await scene.serves();
      scene.rpc.closeConnections();
      for (let i = 0; i < 2; i++) await scene.serves();
      await Promise.all([program.untilError(SHARE_UNSTORED), program.untilError(BLOCK_UNSTORED)]);
      await until(async () => /the disk has said nothing for \d+ seconds/.test(await scene.warnings()));
      await program.untilError(/ERROR the disk has said nothing for \d+ seconds about what was written to it/);

      disk.letGo();
      await until(async () => !/the disk has said nothing/.test(await scene.warnings()));
      await miner.stop();
      await until(async () => (await scene.missing()).length === 0);
    }));

  test("an end while it hangs waits for it, says so, and loses nothing", () =>
    SlowScene.run(0, async (scene) => {
      const { disk, program, miner, mate } = scene;
      await scene.serves();
      disk.hang();
      await scene.serves();
      program.signal("SIGTERM");
      await program.untilError(/WARN the disk is slow: the end waits until it has all; a second signal ends at once/);
      disk.letGo();
      assert.deepEqual(await program.ended, { code: 0, signal: null });
      await Promise.all([miner.stop(), mate.part()]);
      assert.deepEqual(await scene.missing(), []);
    }));
});
