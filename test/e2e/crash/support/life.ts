import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CpuMiner } from "../../../../src/cli/miner/cpu-miner.js";
import { checkStore } from "../../../../src/cli/store/check.js";
import { type Random, seededRandom } from "../../../../src/core/random.js";
import { EmbeddedNode } from "../../../../src/daemon/embedded/index.js";
import { RpcClient } from "../../../../src/daemon/rpc/index.js";
import type { PoolNetwork } from "../../../../src/networks/index.js";
import { systemClock } from "../../../../src/platform/clock.js";
import { createLogger } from "../../../../src/platform/log.js";
import type { StoredBlock } from "../../../../src/store/block-store.js";
import { DatabaseCopy } from "../../../../src/store/database-copy.js";
import { Store } from "../../../../src/store/store.js";
import { freePort } from "../../../support/daemons.js";
import { writeEasyRegtest } from "../../../support/easy-regtest.js";
import { Program } from "../../../support/program.js";
import { PAYEE } from "../../../unit/peers/support/chain.js";
import { PoolMate } from "./pool-mate.js";

/** One hash in 32 is a block: of the shares, one in 16. */
const BLOCK_BITS = 0x2007ffff;
const HASH_RATE = 400;
/** A node is killed so long after it was started, at most, or after its first peer came. */
const START_MS = 1_500;
const LOAD_MS = 1_600;
/** Of the rounds, the part in which it is killed while it starts. */
const WHILE_STARTING = 0.2;

/** What happened in all rounds. */
export interface CrashFigures {
  rounds: number;
  killedWhileStarting: number;
  /** Own shares that peers were told of. */
  sharesTold: number;
  /** Blocks that the daemon had taken when the node was killed. */
  blocksTaken: number;
  /** Blocks that nobody had judged when the node was killed, handed in by the next start. */
  blocksHandedInAgain: number;
  /** Blocks that left before they were on disk, the disk being slow. */
  blocksUnsaved: number;
  /** Shares in the store at the end. */
  sharesKept: number;
  /** Longest that an orderly end took, milliseconds. */
  slowestEndMs: number;
}

/** Lines that a store without damage never causes. */
const DAMAGE = /damaged|a stored share is not taken|cannot be read|is not kept any more/;

/**
 * One node through many violent ends: killed again and again while a miner and another node keep it busy, on a full node that
 * goes on. After every end what it had told others is looked for on its disk and in the next run.
 */
export class CrashLife {
  readonly figures: CrashFigures = {
    rounds: 0,
    killedWhileStarting: 0,
    sharesTold: 0,
    blocksTaken: 0,
    blocksHandedInAgain: 0,
    blocksUnsaved: 0,
    sharesKept: 0,
    slowestEndMs: 0,
  };
  private readonly random: Random;
  private readonly folder: string;
  private readonly network: PoolNetwork;
  private readonly daemon: EmbeddedNode;
  private readonly rpc: RpcClient;
  private readonly mate: PoolMate;
  private readonly ports: { readonly worker: number; readonly p2p: number };
  private readonly unsaved = new Set<string>();
  /** Hashes of blocks that were found here and that the daemon has; with its chain, up to this height. */
  private readonly taken = new Set<string>();
  private seenHeight: number;
  private checkedTold = 0;

  private constructor(seed: number, folder: string, daemon: EmbeddedNode, ports: CrashLife["ports"]) {
    this.random = seededRandom(seed);
    this.folder = folder;
    this.network = writeEasyRegtest(join(folder, "network.json"));
    this.daemon = daemon;
    this.seenHeight = daemon.height;
    this.rpc = new RpcClient({ url: daemon.rpcUrl, auth: daemon.auth });
    this.mate = new PoolMate(this.network);
    this.ports = ports;
  }

  static async begin(seed: number): Promise<CrashLife> {
    const folder = await mkdtemp(join(tmpdir(), "p2pool-crash-"));
    const daemon = await EmbeddedNode.start({ bits: BLOCK_BITS });
    return new CrashLife(seed, folder, daemon, { worker: await freePort(), p2p: await freePort() });
  }

  async live(rounds: number): Promise<CrashFigures> {
    try {
      for (let i = 0; i < rounds; i++) await this.round();
      await this.lastRounds();
      return this.figures;
    } finally {
      await this.mate.part();
      this.rpc.close();
      await this.daemon.stop();
      await rm(this.folder, { recursive: true });
    }
  }

  private async round(): Promise<void> {
    const { figures, random, mate } = this;
    figures.rounds++;
    const program = this.start();
    try {
      if (random.uniform() < WHILE_STARTING) {
        figures.killedWhileStarting++;
        await delay(random.uniform() * START_MS);
      } else {
        await this.ready(program);
        const miner = await this.load();
        await delay(random.uniform() * LOAD_MS);
        await program.kill();
        await miner.stop();
      }
    } finally {
      await program.kill();
      await mate.part();
    }
    this.readLines(program);
    await this.checkDisk(program);
  }

  /** Starts it once more, and asks it to end while it is as busy as ever: every share that it made is saved then. */
  private async endInPeace(signal: "SIGINT" | "SIGTERM"): Promise<readonly StoredBlock[]> {
    const { figures } = this;
    const program = this.start();
    let miner: CpuMiner | null = null;
    try {
      await this.ready(program);
      miner = await this.load();
      await program.until((line) => line.includes("GOT SHARE") || undefined);
      await delay(this.random.uniform() * LOAD_MS);
      const askedMs = performance.now();
      program.signal(signal);
      assert.deepEqual(await program.ended, { code: 0, signal: null });
      figures.slowestEndMs = Math.max(figures.slowestEndMs, Math.round(performance.now() - askedMs));
    } finally {
      await program.kill();
      await miner?.stop();
      await this.mate.part();
    }
    this.readLines(program);
    return this.checkDisk(program, true);
  }

  private async lastRounds(): Promise<void> {
    await this.endInPeace("SIGINT");
    const blocks = await this.endInPeace("SIGTERM");
    assert.ok(
      blocks.every(({ fate }) => fate !== "found"),
      "every block was judged in the end",
    );
    for (const { hash } of blocks) await this.rpc.getBlockHeader(hash);
  }

  private start(): Program {
    const { worker, p2p } = this.ports;
    return new Program([
      ...["--network-file", join(this.folder, "network.json"), "-a", PAYEE, "--datadir", this.folder],
      ...["-w", `127.0.0.1:${worker}`, "--p2pool-port", `${p2p}`, "--outgoing-conns", "0", "--disable-upnp"],
      ...["--local-network", "--min-difficulty", "0.000000001", "--share-rate", "0.1"],
      ...["--bitcoind-rpc-port", new URL(this.daemon.rpcUrl).port, "--bitcoind-p2p-port", `${this.daemon.p2pPort}`],
      ...[this.daemon.auth.user, this.daemon.auth.password],
    ]);
  }

  /** It answers, and nothing that it told others in the run before is missing. */
  private async ready(program: Program): Promise<void> {
    const { mate, ports, checkedTold } = this;
    await program.until((line) => line.includes(`other nodes: port ${ports.p2p}`) || undefined);
    const told = mate.told.slice(checkedTold);
    const held = await mate.heldBy(ports.p2p, told);
    assert.deepEqual(
      told.filter((id) => !held.has(id)),
      [],
      "the node that was started again lacks shares that it had told others of",
    );
    this.checkedTold = mate.told.length;
  }

  private async load(): Promise<CpuMiner> {
    const { mate, ports } = this;
    await mate.join(ports.p2p);
    const username = `${PAYEE}.rig`;
    const miner = new CpuMiner({
      ...{ host: "127.0.0.1", port: ports.worker, username },
      ...{ pow: "sha256d", hashRateLimit: HASH_RATE },
    });
    miner.on("error", () => {});
    miner.start();
    return miner;
  }

  /** Warnings are on standard error. */
  private readLines({ stderr }: Program): void {
    for (const line of stderr.split("\n")) {
      assert.doesNotMatch(line, DAMAGE);
      if (/handing in a block that was found before/.test(line)) this.figures.blocksHandedInAgain++;
      const unsaved = /the disk is slow/.test(line) ? /[0-9a-f]{64}/.exec(line)?.[0] : undefined;
      if (unsaved !== undefined) this.unsaved.add(unsaved);
    }
  }

  /**
   * What the process left behind: nothing that others know of is missing, and the whole chain verifies. `hadTime`: nor is any
   * share that it made.
   */
  private async checkDisk(program: Program, hadTime = false): Promise<readonly StoredBlock[]> {
    const { network, folder, mate, figures } = this;
    await this.noteTaken(program);
    const database = new DatabaseCopy({ directory: join(folder, network.name, "store") });
    const store = new Store({ database, network, clock: systemClock, log: createLogger("silent") });
    try {
      await store.start();
    } catch (error) {
      // Killed before it had a store.
      if ((error as { code?: string }).code === "STORE_MISSING" && mate.told.length === 0) return [];
      throw error;
    }
    try {
      const blocks = store.blocks.list();
      const known = new Set(blocks.map(({ hash }) => hash));
      const missing = [...this.taken].filter((hash) => !known.has(hash));
      assert.deepEqual(
        missing.filter((hash) => !this.unsaved.has(hash)),
        [],
        "blocks left that were not on disk",
      );
      const ids: string[] = [];
      for await (const portion of store.shares.load()) ids.push(...portion.map(({ id }) => id));
      const report = await checkStore(store, database, network, systemClock.now(), () => {});
      assert.deepEqual(report.problems, []);
      const shares = mate.told.slice(this.checkedTold);
      const lost = shares.filter((id) => !store.shares.has(id as Parameters<typeof store.shares.has>[0]));
      assert.deepEqual(lost, [], "shares that others were told of are not on disk");
      if (hadTime) {
        const kept = new Set(ids.map((id) => id.slice(-8)));
        const made = program.lines.flatMap((line) => / GOT SHARE ([0-9a-f]{8}) by [^ ]+$/.exec(line)?.[1] ?? []);
        assert.deepEqual(
          made.filter((end) => !kept.has(end)),
          [],
          "shares that were made are not on disk",
        );
      }
      if (report.best !== null && report.best.height > 2 * network.chainLength) {
        assert.ok(report.best.verifiedHeight >= network.chainLength, JSON.stringify(report.best));
      }
      figures.sharesTold = mate.told.length;
      figures.blocksTaken = this.taken.size;
      figures.blocksUnsaved = this.unsaved.size;
      figures.sharesKept = report.survey.shares;
      return blocks;
    } finally {
      await store.stop();
    }
  }

  /** Nobody else finds blocks on this chain; those beside it are known from what the node said. */
  private async noteTaken({ lines }: Program): Promise<void> {
    const height = await this.rpc.getBlockCount();
    for (; this.seenHeight < height; this.seenHeight++) {
      this.taken.add(await this.rpc.getBlockHash(this.seenHeight + 1));
    }
    for (const line of lines) {
      const hash = / block ([0-9a-f]{64}) accepted by the daemon/.exec(line)?.[1];
      if (hash !== undefined) this.taken.add(hash);
    }
  }
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
