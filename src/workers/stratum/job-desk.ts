import { targetToDifficulty } from "../../core/compact.js";
import type { Timer } from "../../platform/clock.js";
import type { Job, JobRequest } from "../../work/job.js";
import { type CoinbaseLimit, coinbaseLimitOf } from "../coinbase-limits.js";
import type { AssignedDifficulty } from "../difficulty.js";
import { TIMERS } from "../limits.js";
import { SMALL_MINER_PART } from "../policy.js";
import { SERVER_VERSION_MASK, type StratumContext, USER_AGENTS } from "./context.js";
import { type FoundJob, type IssuedJob, IssuedJobs } from "./issued-jobs.js";
import { notificationLine } from "./message.js";
import { Vardiff } from "./vardiff.js";

/** Whose work a connection does, and what the user asked for. */
export interface WorkWish {
  readonly request: JobRequest;
  /** `+d` of the user name. */
  readonly fixedDifficulty: number | null;
  /** `d=` of the password. */
  readonly startDifficulty: number | null;
  /** Last difficulty of this worker, from an earlier connection. */
  readonly lastDifficulty: number | null;
}

export interface JobOutput {
  send(chunk: string | Buffer): void;
  /** Output is waiting: a job now would only queue up behind it. */
  isCongested(): boolean;
  close(reason: string): void;
  /** A job was sent whose generation transaction of `size` bytes is too long for the miner. */
  jobTooLong(size: number, limit: CoinbaseLimit): void;
  /** Closes for what the miner did: done again and again it bans the address. */
  offend(reason: string): void;
}

/**
 * Decides which job and difficulty one connection works at, sends them, and remembers what it sent (spec/11 §4.3, §4.4).
 * A difficulty is only ever sent together with the job it belongs to, right before it.
 */
export class JobDesk {
  private readonly context: StratumContext;
  private readonly output: JobOutput;
  private readonly issued: IssuedJobs;
  /** Of the wish: each object between would have to be fetched for each connection with each new work. */
  private request = NO_WISH.request;
  private wish: WorkWish = NO_WISH;
  private vardiff: Vardiff | null = null;
  private suggested: number | null = null;
  private suggestedAtMs = Number.NEGATIVE_INFINITY;
  private minimum: number;
  private small = false;
  private userAgentStart: number | null = null;
  private coinbaseLimit: CoinbaseLimit | null = null;
  private minerMask = 0;
  private sentMask = 0;
  /** What was sent last; both null where the miner may not have it any more. */
  private last: IssuedJob | null = null;
  private sent: AssignedDifficulty | null = null;
  /** What the miner would get if no share were too easy for it; null where something that it depends on has changed since. */
  private wanted: AssignedDifficulty | null = null;
  private lastOwnMs = Number.NEGATIVE_INFINITY;
  private ownTimer: Timer | null = null;
  private cleanWanted = true;
  private held = false;
  private refusal: { readonly text: string; readonly sinceMs: number } | null = null;

  constructor({ context, output }: { context: StratumContext; output: JobOutput }) {
    this.context = context;
    this.output = output;
    this.issued = new IssuedJobs({ limit: context.limits.jobsPerConnection });
    this.minimum = context.policy.minDifficulty;
  }

  /** Un-multiplied difficulty in force; null before the first job. */
  get difficulty(): number | null {
    return this.sent?.difficulty ?? null;
  }

  get versionMask(): number {
    return this.sentMask;
  }

  /** Ends the timer. */
  stop(): void {
    this.ownTimer?.cancel();
  }

  setUserAgent(userAgent: string): void {
    this.coinbaseLimit = coinbaseLimitOf(userAgent);
    // The table's numbers are for SHA-256; a scrypt miner of the same name is thousands of times slower.
    if (this.context.policy.dumbScryptDifficulty !== 1) return;
    const entry = USER_AGENTS.find(({ pattern }) => pattern.test(userAgent));
    if (entry === undefined) return;
    this.userAgentStart = entry.difficulty;
    this.wanted = null;
    if (entry.small === true) this.small = true;
    if (entry.minimum !== undefined) this.setMinimum(entry.minimum);
  }

  /** A floor the miner asked for, in its units; the operator's stays below it. */
  setMinimum(minimum: number): void {
    this.wanted = null;
    this.minimum = Math.max(this.minimum, minimum);
  }

  /** Which bits the miner is able to roll; returns those it may (spec/11 §5). */
  negotiateMask(minerMask: number): number {
    this.minerMask = (minerMask & SERVER_VERSION_MASK) >>> 0;
    const { tip, workSource } = this.context;
    if (tip.versionMask === null) {
      const job = workSource.job(NO_WISH.request);
      if ("header" in job) tip.versionMask = job.header.versionMask;
    }
    this.sentMask = (this.minerMask & (tip.versionMask ?? SERVER_VERSION_MASK)) >>> 0;
    return this.sentMask;
  }

  setWish(wish: WorkWish): void {
    const { fixedDifficulty, request } = wish;
    if (request.payee !== this.wish.request.payee) this.cleanWanted = true;
    const startsAnew =
      fixedDifficulty !== this.wish.fixedDifficulty ||
      (wish.startDifficulty !== null && wish.startDifficulty !== this.wish.startDifficulty);
    this.wanted = null;
    if (startsAnew) this.vardiff = null;
    if (fixedDifficulty !== null || wish.startDifficulty !== null) this.small = true;
    this.wish = wish;
    this.request = request;
  }

  /** Un-multiplied. At most one change per 10 s; goes out with the next job (spec/11 §4.2). */
  suggest(difficulty: number): void {
    const nowMs = this.context.clock.monotonicMs();
    if (nowMs - this.suggestedAtMs < this.context.limits.suggestionMs) return;
    this.suggestedAtMs = nowMs;
    this.suggested = difficulty;
    this.small = true;
    this.wanted = null;
    if (this.wish.fixedDifficulty === null) this.vardiff?.restart(difficulty, nowMs);
  }

  /** After a repeated subscribe the miner may have lost both. */
  forgetSent(): void {
    this.last = null;
    this.sent = null;
    this.cleanWanted = true;
  }

  /** Reads what `send` needs of this connection alone; the number means nothing. */
  warm(): number {
    const isSet = this.wanted !== null && this.wanted.target === 0n;
    return this.issued.warm() + this.minerMask + (isSet ? 1 : 0);
  }

  find(id: string): FoundJob | undefined {
    const found = this.issued.find(id);
    return found !== undefined && this.isAlive(found.issued) ? found : undefined;
  }

  /** A valid solution that is no repetition, credited at `credit` (un-multiplied). */
  credit(credit: number): void {
    if (this.sent === null || this.vardiff === null) return;
    if (!this.vardiff.accepted(credit, this.sent.difficulty, this.context.clock.monotonicMs())) return;
    this.wanted = null;
    if (this.isDifficultyOld()) this.sendOwn();
  }

  /** Looks at the deadlines. Returns whether a job is due: a refreshed one, an easier one, or a try after a refusal. */
  sweep(nowMs: number): boolean {
    if (this.refusal !== null) {
      if (nowMs - this.refusal.sinceMs >= TIMERS.workRefused) {
        this.output.close("no work");
        return false;
      }
      return true;
    }
    const { last, sent } = this;
    if (last === null || sent === null) return false;
    if (this.vardiff?.check(sent.difficulty, nowMs)) {
      this.wanted = null;
      if (this.isDifficultyOld()) return true;
    }
    return nowMs - last.atMs >= TIMERS.refreshJob;
  }

  /** Whether a job was held back. */
  get isHolding(): boolean {
    return this.held;
  }

  /** The socket took everything, or a job that was waited for is there: what was held back may go. */
  drained(): void {
    if (this.held) this.send("own");
  }

  /** A job that the connection itself asked for; at most one a second, later ones are joined (spec/11 §4.11). */
  sendOwn(): void {
    const { clock, limits } = this.context;
    const waitMs = this.lastOwnMs + limits.ownJobMs - clock.monotonicMs();
    if (waitMs <= 0) {
      this.lastOwnMs = clock.monotonicMs();
      this.send("own");
    } else {
      this.ownTimer ??= clock.after(waitMs, () => {
        this.ownTimer = null;
        this.sendOwn();
      });
    }
  }

  /** A fresh job that tells the miner to drop all others. */
  sendClean(): void {
    this.cleanWanted = true;
    this.sendOwn();
  }

  /**
   * `event`: new work; nothing is sent if it is the job the connection has. `nowMs`: for all connections of one turn the same,
   * so that they can share what they get.
   */
  send(cause: "event" | "refresh" | "own", nowMs = this.context.clock.monotonicMs()): void {
    if (this.output.isCongested()) {
      this.held = true;
      return;
    }
    this.held = false;
    const { lines, tip, workSource } = this.context;
    const job = workSource.job(this.request);
    if ("pending" in job) {
      this.held = true;
      return;
    }
    if ("refused" in job) {
      this.refuse(job.refused, nowMs);
      return;
    }
    this.refusal = null;
    tip.versionMask = job.header.versionMask;
    this.vardiff ??= this.startVardiff(job, nowMs);
    const { last, sent } = this;
    const difficulty = this.assign(this.vardiff, job);
    const isSameJob = last !== null && (last.wire.job === job || last.wire.job.id === job.id);
    const isNewDifficulty = difficulty !== sent && difficulty.text !== sent?.text;
    if (cause === "event" && isSameJob && !isNewDifficulty && !this.cleanWanted) return;
    const clean = this.cleanWanted || last?.generation !== tip.generation || (job.clean && !isSameJob);
    const line = lines.issue(job, clean, this.issued, nowMs);
    this.sendMask(job);
    if (isNewDifficulty) this.output.send(notificationLine("mining.set_difficulty", `[${difficulty.text}]`));
    this.output.send(line.bytes);
    const size = job.coinbase.prefix.length + EXTRANONCE_BYTES + job.coinbase.suffix.length;
    const limit = this.coinbaseLimit;
    const isTooLong = limit !== null && size > limit.bytes;
    this.last = line.issuedWith({
      versionMask: (this.minerMask & job.header.versionMask) >>> 0,
      isTooLong,
      atMs: nowMs,
      generation: tip.generation,
      blockGeneration: tip.blockGeneration,
    });
    this.issued.add(this.last, difficulty);
    this.sent = difficulty;
    this.cleanWanted = false;
    if (isTooLong) this.output.jobTooLong(size, limit);
  }

  /** Whether vardiff's wish makes another number: at a limit it does not, and a job for nothing would only disturb. */
  private isDifficultyOld(): boolean {
    if (this.last === null || this.vardiff === null) return false;
    return this.assign(this.vardiff, this.last.wire.job).text !== this.sent?.text;
  }

  private assign(vardiff: Vardiff, { hardestTarget }: Job): AssignedDifficulty {
    this.wanted ??= this.want(vardiff);
    return this.context.difficulties.atMost(this.wanted, hardestTarget);
  }

  private want(vardiff: Vardiff): AssignedDifficulty {
    const isSmall = this.small && this.minimum === this.context.policy.minDifficulty;
    const minimum = this.minimum * (isSmall ? SMALL_MINER_PART : 1);
    return this.context.difficulties.wanted(vardiff.difficulty, minimum);
  }

  /** Start values, the first that is known wins (spec/10 §9.3 item 6). */
  private startVardiff(job: Job, nowMs: number): Vardiff {
    const { fixedDifficulty, lastDifficulty, startDifficulty } = this.wish;
    const difficulty =
      fixedDifficulty ??
      startDifficulty ??
      this.suggested ??
      lastDifficulty ??
      this.userAgentStart ??
      this.policyStart ??
      targetToDifficulty(job.pseudoTarget) / Math.max(1, this.context.activeConnections());
    const { shareSeconds } = this.context.policy;
    return new Vardiff({ shareSeconds, difficulty, fixed: fixedDifficulty !== null, nowMs });
  }

  private get policyStart(): number | null {
    const { dumbScryptDifficulty, startDifficulty } = this.context.policy;
    return startDifficulty === null ? null : startDifficulty / dumbScryptDifficulty;
  }

  /** A daemon may need a bit that a miner was allowed to roll (spec/10 §8.10). */
  private sendMask(job: Job): void {
    if (this.minerMask === 0) return;
    const mask = (this.minerMask & job.header.versionMask) >>> 0;
    if (mask === this.sentMask) return;
    this.sentMask = mask;
    this.output.send(notificationLine("mining.set_version_mask", `["${mask.toString(16).padStart(8, "0")}"]`));
  }

  /** The connection stays, so that the miner goes on as soon as there is work again (spec/10 §7). */
  private refuse(text: string, nowMs: number): void {
    if (this.refusal?.text !== text) {
      this.output.send(notificationLine("client.show_message", JSON.stringify([text.slice(0, 200)])));
    }
    this.refusal = { text, sinceMs: this.refusal?.sinceMs ?? nowMs };
  }

  private isAlive(issued: IssuedJob): boolean {
    const { clock, limits, tip } = this.context;
    const isCurrent = issued.blockGeneration === tip.blockGeneration;
    return clock.monotonicMs() - issued.atMs <= (isCurrent ? limits.jobAgeMs : limits.oldBlockJobAgeMs);
  }
}

/** What connection and miner put between both parts of a generation transaction. */
const EXTRANONCE_BYTES = 8;

const NO_WISH: WorkWish = {
  request: { payee: null, shareDifficulty: null },
  fixedDifficulty: null,
  startDifficulty: null,
  lastDifficulty: null,
};
