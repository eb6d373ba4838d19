import { hashMeetsTarget, type PowName, powHash } from "../../core/hash/index.js";
import type { Clock, Timer } from "../../platform/clock.js";
import type { FromHasher, HasherOptions, HashWork, ToHasher } from "./protocol.js";
import { Sha256dScanner } from "./sha256d-scan.js";

/** A batch this long is the delay with which new work is noticed. */
const BATCH_MS = 20;
const FIRST_BATCH = 64;
const REPORT_MS = 500;
/** On a test network every other hash may be a hit; more than this in a batch would only be refused. */
const HITS_PER_BATCH = 8;
const NONCES = 2 ** 32;

type Scan = (from: number, end: number) => number;

/**
 * The hashing loop: works in short batches, and rests between them to stay below a limit, so that several miners of
 * different hash rates fit on one processor core.
 */
export class Hasher {
  private readonly pow: PowName;
  private readonly limit: number | null;
  private readonly clock: Clock;
  private readonly send: (message: FromHasher) => void;
  private work: { readonly tag: number; readonly scan: Scan } | null = null;
  private nextNonce = 0;
  private batch = FIRST_BATCH;
  private timer: Timer | null = null;
  private isScheduled = false;
  private restUntilMs = 0;
  private hashes = 0;
  private reportedMs: number;

  constructor(options: HasherOptions & { clock: Clock; send: (message: FromHasher) => void }) {
    this.pow = options.pow;
    this.limit = options.hashRateLimit;
    this.clock = options.clock;
    this.send = options.send;
    this.reportedMs = options.clock.monotonicMs();
  }

  receive(message: ToHasher): void {
    if (message.kind === "idle") {
      this.work = null;
      return;
    }
    this.work = { tag: message.work.tag, scan: createScan(this.pow, message.work) };
    this.nextNonce = 0;
    this.schedule(0);
  }

  private schedule(delayMs: number): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    const turn = (): void => {
      this.isScheduled = false;
      this.timer = null;
      this.turn();
    };
    if (delayMs < 1) setImmediate(turn);
    else this.timer = this.clock.after(delayMs, turn);
  }

  private turn(): void {
    if (this.work === null) return;
    const { scan, tag } = this.work;
    const startedMs = this.clock.monotonicMs();
    const from = this.nextNonce;
    const end = Math.min(NONCES, from + this.batch);
    for (let hits = 0; hits < HITS_PER_BATCH && this.nextNonce < end; hits++) {
      const nonce = scan(this.nextNonce, end);
      this.nextNonce = nonce < 0 ? end : nonce + 1;
      if (nonce >= 0) this.send({ kind: "found", tag, nonce });
    }
    const hashes = this.nextNonce - from;
    this.hashes += hashes;
    const nowMs = this.clock.monotonicMs();
    this.report(nowMs);
    if (this.nextNonce >= NONCES) {
      this.work = null;
      this.send({ kind: "exhausted", tag });
      return;
    }
    this.batch = nextBatch(hashes, nowMs - startedMs, this.limit);
    if (this.limit !== null) this.restUntilMs = Math.max(this.restUntilMs, startedMs) + (1000 * hashes) / this.limit;
    this.schedule(this.restUntilMs - nowMs);
  }

  private report(nowMs: number): void {
    if (nowMs - this.reportedMs < REPORT_MS) return;
    this.send({ kind: "progress", hashes: this.hashes, seconds: (nowMs - this.reportedMs) / 1000 });
    this.hashes = 0;
    this.reportedMs = nowMs;
  }

  /** Ends the timer. */
  stop(): void {
    this.work = null;
    this.timer?.cancel();
  }
}

/** As many hashes as take one batch's time; of a limited rate at most as many as are due in five. */
function nextBatch(hashes: number, tookMs: number, limit: number | null): number {
  const speed = tookMs > 0.1 ? hashes / tookMs : hashes / 0.1;
  const due = limit === null ? Number.POSITIVE_INFINITY : (limit * 5 * BATCH_MS) / 1000;
  return Math.max(1, Math.floor(Math.min(speed * BATCH_MS, due)));
}

function createScan(pow: PowName, work: HashWork): Scan {
  if (pow === "sha256d") {
    const scanner = new Sha256dScanner(work);
    return (from, end) => scanner.scan(from, end);
  }
  const header = work.header.slice();
  const view = new DataView(header.buffer);
  return (from, end) => {
    for (let nonce = from; nonce < end; nonce++) {
      view.setUint32(76, nonce, true);
      if (hashMeetsTarget(powHash(pow, header), work.target)) return nonce;
    }
    return -1;
  };
}
