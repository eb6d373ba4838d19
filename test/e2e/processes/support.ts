import assert from "node:assert/strict";
import type { BlockHash, Template } from "../../../src/bitcoin/template.js";
import { bigIntToBytesLE, concatBytes, hexToBytes } from "../../../src/core/bytes.js";
import { hash256, hashMeetsTarget } from "../../../src/core/hash/index.js";
import { seededRandom } from "../../../src/core/random.js";
import { COINS, networkByName, type PoolNetwork } from "../../../src/networks/index.js";
import { systemClock } from "../../../src/platform/clock.js";
import { createLogger } from "../../../src/platform/log.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { Tracker } from "../../../src/sharechain/tracker.js";
import type { FoundShare, JudgedSolution } from "../../../src/work/solution.js";
import { WorkMaker, type WorkMakerOptions } from "../../../src/work/work-maker.js";
import { Bans } from "../../../src/workers/bans.js";
import { LIMITS, type Limits } from "../../../src/workers/limits.js";
import { policyOf } from "../../../src/workers/policy.js";
import { WorkerPort, type WorkerPortOptions } from "../../../src/workers/port.js";
import { WorkerProcesses } from "../../../src/workers/processes/worker-processes.js";
import { Seats } from "../../../src/workers/stratum/seats.js";
import { StratumServer } from "../../../src/workers/stratum/server.js";
import { WorkerTable } from "../../../src/workers/worker-table.js";
import { LineClient } from "../../unit/workers/support/stratum.js";

export const NODE = "mmhAcDRZyy4QLeGNf82xELqjcoay7nWmwF";
export const MINERS = ["mkkPZdz4X4xpxQc4TBXcapMQYsFJVWUDrZ", "mzW2hdZN2um7WBvTDerdahKqRgj3md9C29"] as const;

export interface LogEntry {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface PoolOptions {
  readonly count?: number;
  readonly network?: PoolNetwork;
  readonly limits?: Partial<Limits>;
  readonly work?: Partial<WorkMakerOptions>;
  readonly port?: Partial<WorkerPortOptions>;
  readonly program?: string;
  readonly bits?: number;
}

/** A share so hard that no hash of a test is one, on a coin whose blocks are too. */
export const HARD: PoolNetwork = { ...networkByName("demo"), maxTarget: (1n << 190n) - 1n };
export const HARD_BITS = 0x17034219;

/** Work, the port and worker processes as a node has them, on a chain and a template made up. */
export class Pool {
  readonly tracker: Tracker;
  readonly work: WorkMaker;
  readonly processes: WorkerProcesses;
  readonly port: WorkerPort;
  readonly shares: FoundShare[] = [];
  readonly judged: JudgedSolution[] = [];
  readonly log: LogEntry[] = [];
  readonly clients: LineClient[] = [];
  private readonly bits: number;
  private blocks = 0x10;

  constructor({ count = 2, network = HARD, limits: given = {}, bits = HARD_BITS, ...options }: PoolOptions = {}) {
    this.bits = bits;
    const log = createLogger("info", { write: (line: string) => void this.log.push(JSON.parse(line) as LogEntry) });
    this.tracker = new Tracker(new ShareRules(network));
    this.work = new WorkMaker({
      tracker: this.tracker,
      drawAddress: () => NODE,
      now: systemClock.now,
      random: seededRandom(3),
      feePercent: 0,
      donationPercent: 0,
      coinbaseTexts: [],
      solo: true,
      peerCount: () => 0,
      knownCoins: COINS,
      effects: {
        block() {},
        mergedBlock() {},
        share: (found) => {
          this.shares.push(found);
          this.work.setBest(this.tracker.add(found.share, systemClock.now()));
        },
        judged: (judged) => this.judged.push(judged),
        failed: (error) => {
          throw error;
        },
      },
      ...options.work,
    });
    this.newBlock();
    const clock = systemClock;
    const limits = {
      ...LIMITS,
      acceptsPerSecond: 1e6,
      acceptBurst: 1e6,
      requestsPerSecond: 1e9,
      requestBurst: 1e9,
      ...given,
    };
    const policy = policyOf({ shareSeconds: 1e-4, minDifficulty: 1e-12 });
    const bans = new Bans(limits);
    const seats = new Seats({ limits });
    const workers = new WorkerTable({ limits, shareSeconds: policy.shareSeconds });
    const shared = { ...policy, workSource: this.work, clock, log, limits, workers };
    const here = new StratumServer({ ...shared, random: seededRandom(1), bans, seats });
    this.processes = new WorkerProcesses({
      count,
      settings: { policy, limits, feePercent: options.work?.feePercent ?? 0, pow: network.coin.pow, threads: 1 },
      work: this.work,
      here,
      seats,
      workers,
      bans,
      mostConnections: null,
      clock,
      log,
      ...(options.program === undefined ? {} : { program: options.program }),
    });
    this.port = new WorkerPort({
      port: 0,
      host: "127.0.0.1",
      bans,
      limits,
      stratum: this.processes,
      http: (_request, response) => response.end("a page"),
      clock,
      log,
      ...options.port,
    });
  }

  static async start(options: PoolOptions = {}): Promise<Pool> {
    const pool = new Pool(options);
    pool.processes.start();
    await pool.processes.ready();
    assert.equal(pool.processes.readyCount, options.count ?? 2);
    await pool.port.start();
    return pool;
  }

  /** A new block of the coin. */
  newBlock(): void {
    const now = Math.floor(systemClock.now());
    const template: Template = {
      previousBlock: (this.blocks++).toString(16).repeat(32) as BlockHash,
      height: 300,
      bits: this.bits,
      version: 0x20000000,
      requiredVersionBits: 0,
      minTime: now - 3600,
      time: now,
      subsidy: 5_000_000_000n,
      transactions: [],
      coinbaseFlags: new Uint8Array(0),
      rules: ["segwit"],
      mweb: null,
      receivedAt: now,
    };
    this.work.setTemplate(template);
  }

  /** Resolves when the log has so many such lines. */
  async logged(msg: string, count = 1): Promise<readonly LogEntry[]> {
    for (;;) {
      const found = this.log.filter((entry) => entry.msg === msg);
      if (found.length >= count) return found;
      await pause();
    }
  }

  async client(): Promise<LineClient> {
    const client = await LineClient.open(this.port.boundPort!);
    this.clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    for (const { socket } of this.clients) socket.destroy();
    const closed = this.port.stop();
    await this.processes.stop();
    await closed;
  }
}

export function pause(milliseconds = 10): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

export interface Login {
  readonly extranonce1: string;
  readonly notify: readonly unknown[];
}

export async function logIn(client: LineClient, username: string): Promise<Login> {
  const { result } = await client.request("mining.subscribe", ["test/1"]);
  const [, extranonce1] = result as [unknown, string];
  client.send({ id: 7, method: "mining.authorize", params: [username, "x"] });
  return { extranonce1, notify: (await client.notification("mining.notify")).params! };
}

/** Nonce, hex, with which a job as it was sent meets a target; extranonce2 is zero. */
export function mineShare(notify: readonly unknown[], extranonce1: string, target: bigint): string {
  const [, previous, prefix, suffix, branch, version, bits, time] = notify as [
    string,
    string,
    string,
    string,
    readonly string[],
    string,
    string,
    string,
  ];
  let root = hash256(hexToBytes(`${prefix}${extranonce1}00000000${suffix}`));
  for (const sibling of branch) root = hash256(concatBytes(root, hexToBytes(sibling)));
  const header = new Uint8Array(80);
  const view = new DataView(header.buffer);
  view.setUint32(0, Number.parseInt(version, 16), true);
  for (let word = 0; word < 32; word += 4)
    header.set(hexToBytes(previous.slice(2 * word, 2 * word + 8)).reverse(), 4 + word);
  header.set(root, 36);
  view.setUint32(68, Number.parseInt(time, 16), true);
  view.setUint32(72, Number.parseInt(bits, 16), true);
  const bytes = bigIntToBytesLE(target, 32);
  for (let nonce = 0; ; nonce++) {
    view.setUint32(76, nonce, true);
    if (hashMeetsTarget(hash256(header), bytes)) return nonce.toString(16).padStart(8, "0");
  }
}
