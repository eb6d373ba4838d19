import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CpuMiner } from "../../../src/cli/miner/cpu-miner.js";
import { seededRandom } from "../../../src/core/random.js";
import { EmbeddedNode } from "../../../src/daemon/embedded/index.js";
import { systemClock } from "../../../src/platform/clock.js";
import { freePort } from "../../support/daemons.js";
import { writeEasyRegtest } from "../../support/easy-regtest.js";
import { Program } from "../../support/program.js";
import { PAYEE } from "../../unit/peers/support/chain.js";
import { TcpProxy } from "./support/tcp-proxy.js";

// Two real processes over a line as bad as lines are: slow, with packets lost, which to whoever speaks TCP are stalls until they are
// sent again, and with connections that are reset. The kernel does it better (tc netem), and most machines cannot.

const LAG_MS = 150;
/** A packet in so many is lost; it is sent again after this time. */
const LOSS = 0.1;
const AGAIN_MS = 600;
/** How often chance has a say, and in which part of these the connections are reset. */
const STEP_MS = 100;
const RESET = 0.01;
/** One hash in 256 is a block, every second a share. */
const BLOCK_BITS = 0x2000ffff;
const HASH_RATE = 1;
/** A chain needs a few before it weighs anything, and must be begun by one. */
const BEGINNING = 8;
const LENGTHS = { chain_length: 400, real_chain_length: 400 };

test("two processes over a slow line that loses packets and is reset: none is banned, and they agree", {
  timeout: 240_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "p2pool-line-"));
  writeEasyRegtest(join(folder, "network.json"), LENGTHS);
  const daemon = await EmbeddedNode.start({ bits: BLOCK_BITS });
  const line = new TcpProxy({ clock: systemClock });
  await line.start();
  line.targetPort = await freePort();
  const programs: Program[] = [];
  const miners: CpuMiner[] = [];
  const workers: number[] = [];
  const random = seededRandom(7);
  const chance = setInterval(() => {
    line.lagMs = random.uniform() < LOSS ? AGAIN_MS : LAG_MS;
    if (random.uniform() < RESET) line.break();
  }, STEP_MS);

  async function start(name: string, p2p: readonly string[]): Promise<Program> {
    const worker = await freePort();
    workers.push(worker);
    const program = new Program([
      ...["--network-file", join(folder, "network.json"), "-a", PAYEE, "--datadir", join(folder, name)],
      ...["-w", `127.0.0.1:${worker}`, "--disable-upnp", "--local-network", ...p2p],
      ...["--min-difficulty", "0.000000001", "--share-rate", "0.1"],
      ...["--bitcoind-rpc-port", new URL(daemon.rpcUrl).port, "--bitcoind-p2p-port", `${daemon.p2pPort}`],
      ...[daemon.auth.user, daemon.auth.password],
    ]);
    programs.push(program);
    await program.until((text) => text.includes("other nodes: port") || undefined);
    const connection = { host: "127.0.0.1", port: worker, username: `${PAYEE}.${name}` };
    const miner = new CpuMiner({ ...connection, pow: "sha256d", hashRateLimit: HASH_RATE });
    miner.on("error", () => {});
    miners.push(miner);
    return program;
  }

  const made = (program: Program): string[] =>
    program.lines.flatMap((text) => / GOT SHARE ([0-9a-f]{8}) by [^ ]+$/.exec(text)?.[1] ?? []);
  const tip = async (port: number): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/status`);
    return ((await answer.json()) as { chain: { tip: string } }).chain.tip;
  };
  async function until(what: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 100));
  }

  try {
    const first = await start("first", ["--p2pool-port", `${line.targetPort}`, "--outgoing-conns", "0"]);
    miners[0]!.start();
    await until(() => made(first).length >= BEGINNING);
    const port = await freePort();
    const second = await start("second", ["--p2pool-port", `${port}`, "-n", `127.0.0.1:${line.port}`]);
    miners[1]!.start();
    await until(() => made(second).length >= 3);
    // The line stays as it is, and one goes on: of two branches with the same work each stays with its own.
    await miners[1]!.stop();
    await until(async () => (await tip(workers[0]!)) === (await tip(workers[1]!)));
    for (const program of programs) {
      program.signal("SIGTERM");
      assert.deepEqual(await program.ended, { code: 0, signal: null });
      assert.doesNotMatch(program.stderr, /a peer was/);
    }
  } finally {
    clearInterval(chance);
    await Promise.all([...programs.map((program) => program.kill()), ...miners.map((miner) => miner.stop())]);
    await line.stop();
    await daemon.stop();
    rmSync(folder, { recursive: true });
  }
});
