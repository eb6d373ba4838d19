import { EventEmitter } from "node:events";
import { Worker } from "node:worker_threads";
import { bigIntToBytesLE, bytesToHex, concatBytes } from "../../core/bytes.js";
import { difficultyToTarget } from "../../core/compact.js";
import type { PowName } from "../../core/hash/index.js";
import { type Clock, systemClock } from "../../platform/clock.js";
import { buildHeader, type MinerJob } from "./job.js";
import type { FromHasher, HasherOptions, ToHasher } from "./protocol.js";
import { StratumClient, type SubmitReply } from "./stratum-client.js";

export interface CpuMinerOptions {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** "x" by default. */
  readonly password?: string;
  /** Whether the pool is spoken to over TLS, and whether its certificate must be good. */
  readonly tls?: "checked" | "unchecked" | null;
  readonly pow: PowName;
  /** Hashing threads; one by default. */
  readonly threads?: number;
  /** Hashes per second at most, of all threads; as many as they give by default. */
  readonly hashRateLimit?: number;
  readonly clock?: Clock;
}

export interface CpuMinerEvents {
  connected: [];
  /** The connection is gone; a new one is tried. */
  lost: [];
  job: [job: { id: string; clean: boolean; difficulty: number }];
  accepted: [];
  rejected: [reply: { code: number | null; reason: string | null }];
  /** Hashes per second of all threads, twice a second for each. */
  hashrate: [hashesPerSecond: number];
  /** A text the pool wants to be shown. */
  message: [text: string];
  /** Nothing fatal: the miner goes on trying. Never emitted without a listener. */
  error: [error: Error];
}

/** How difficulties are multiplied on the wire, and what one core does, for the first difficulty it asks for. */
const KINDS = {
  sha256d: { multiplier: 1, hashRate: 1e6 },
  scrypt: { multiplier: 65_536, hashRate: 1e3 },
} as const satisfies Record<PowName, { multiplier: number; hashRate: number }>;
const SHARE_SECONDS = 3;
const HASHES_PER_DIFFICULTY = 2 ** 32;
/** On a test network solutions may come faster than any pool takes them. */
const SUBMITS_PER_SECOND = 50;

/** A hashing thread, and what it works at. */
interface HashThread {
  readonly worker: Worker;
  tag: number;
  extranonce2: number;
  hashRate: number;
}

/**
 * The built-in miner: one Stratum connection and some hashing threads, for trying things out and for tests. Nothing runs
 * before `start`; after `stop` has resolved neither the connection nor a thread is left, and it cannot be started again.
 */
export class CpuMiner extends EventEmitter<CpuMinerEvents> {
  private readonly options: CpuMinerOptions;
  private readonly clock: Clock;
  private readonly client: StratumClient;
  private threads: readonly HashThread[] = [];
  private extranonce1 = new Uint8Array(0);
  private extranonce2Size = 0;
  private extranonce2 = 0;
  private target = difficultyToTarget(1);
  private difficulty = 1;
  private job: MinerJob | null = null;
  private tag = 0;
  private submitted = { secondMs: 0, count: 0 };
  private isStopped = false;

  constructor(options: CpuMinerOptions) {
    super();
    this.options = options;
    this.clock = options.clock ?? systemClock;
    const { hashRate, multiplier } = KINDS[options.pow];
    const possible = hashRate * (options.threads ?? 1);
    const hashes = Math.min(options.hashRateLimit ?? possible, possible) * SHARE_SECONDS;
    this.client = new StratumClient({
      host: options.host,
      port: options.port,
      username: options.username,
      password: options.password ?? "x",
      tls: options.tls ?? null,
      userAgent: "p2pool-miner/1",
      suggestedDifficulty: (hashes / HASHES_PER_DIFFICULTY) * multiplier,
      clock: this.clock,
      events: {
        ready: (extranonce1, size) => {
          this.extranonce1 = Uint8Array.from(extranonce1);
          this.extranonce2Size = size;
          this.emit("connected");
        },
        difficulty: (difficulty) => this.setDifficulty(difficulty),
        job: (job) => this.setJob(job),
        reply: (reply) => this.replied(reply),
        message: (text) => this.emit("message", text),
        lost: () => this.lost(),
        failed: (reason) => this.failed(new Error(reason)),
      },
    });
  }

  start(): void {
    const { hashRateLimit, pow, threads = 1 } = this.options;
    const limit = hashRateLimit === undefined ? null : hashRateLimit / threads;
    const workerData: HasherOptions = { pow, hashRateLimit: limit };
    this.threads = Array.from({ length: threads }, () => {
      const worker = new Worker(new URL("./hasher-thread.js", import.meta.url), { workerData });
      const thread: HashThread = { worker, tag: 0, extranonce2: 0, hashRate: 0 };
      worker.on("message", (message: FromHasher) => this.fromHasher(thread, message));
      worker.on("error", (error) => this.failed(error));
      return thread;
    });
    this.client.start();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.client.stop();
    const { threads } = this;
    this.threads = [];
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  private setDifficulty(difficulty: number): void {
    if (!(difficulty > 0)) throw new RangeError(`the pool's difficulty ${difficulty} makes no sense`);
    this.difficulty = difficulty;
    this.target = difficultyToTarget(difficulty / KINDS[this.options.pow].multiplier);
  }

  private setJob(job: MinerJob): void {
    this.job = job;
    this.emit("job", { id: job.id, clean: job.clean, difficulty: this.difficulty });
    for (const thread of this.threads) this.nextWork(thread);
  }

  /** Every work has an extranonce2 of its own, so no header is searched twice, whatever the pool sends. */
  private nextWork(thread: HashThread): void {
    if (this.job === null) return;
    this.extranonce2 = (this.extranonce2 + 1) % 2 ** Math.min(32, 8 * this.extranonce2Size);
    thread.extranonce2 = this.extranonce2;
    thread.tag = ++this.tag;
    const header = buildHeader(this.job, concatBytes(this.extranonce1, this.extranonce2Bytes(thread)));
    const target = bigIntToBytesLE(this.target, 32);
    this.tell(thread, { kind: "work", work: { tag: this.tag, header, target } });
  }

  private extranonce2Bytes({ extranonce2 }: HashThread): Uint8Array {
    return bigIntToBytesLE(BigInt(extranonce2), this.extranonce2Size);
  }

  private fromHasher(thread: HashThread, message: FromHasher): void {
    if (this.isStopped) return;
    if (message.kind === "progress") {
      thread.hashRate = message.hashes / message.seconds;
      this.emit(
        "hashrate",
        this.threads.reduce((sum, { hashRate }) => sum + hashRate, 0),
      );
    } else if (message.tag !== thread.tag || this.job === null) return;
    else if (message.kind === "exhausted") this.nextWork(thread);
    else if (this.maySubmit()) {
      const hex32 = (value: number): string => value.toString(16).padStart(8, "0");
      const { id, time } = this.job;
      this.client.submit([id, bytesToHex(this.extranonce2Bytes(thread)), hex32(time), hex32(message.nonce)]);
    }
  }

  private maySubmit(): boolean {
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.submitted.secondMs >= 1000) this.submitted = { secondMs: nowMs, count: 0 };
    this.submitted.count++;
    return this.submitted.count <= SUBMITS_PER_SECOND;
  }

  private replied({ accepted, code, reason }: SubmitReply): void {
    if (accepted) this.emit("accepted");
    else this.emit("rejected", { code, reason });
  }

  private lost(): void {
    this.job = null;
    for (const thread of this.threads) this.tell(thread, { kind: "idle" });
    if (!this.isStopped) this.emit("lost");
  }

  private tell({ worker }: HashThread, message: ToHasher): void {
    worker.postMessage(message);
  }

  private failed(error: Error): void {
    if (!this.isStopped && this.listenerCount("error") > 0) this.emit("error", error);
  }
}
