import { targetToDifficulty } from "../../core/compact.js";
import type { Timer } from "../../platform/clock.js";
import type { Job, JobRequest } from "../../work/job.js";
import { type CoinbaseLimit, coinbaseLimitOf } from "../coinbase-limits.js";
import { type AssignedDifficulty, assignDifficulty } from "../difficulty.js";
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
  private sent: AssignedDifficulty | null = null;
  /** The last assignment, and for which hardest target; null where something else that it depends on has changed since. */
  private assigned: AssignedDifficulty | null = null;
  private assignedFor = 0n;
  private lastJob: Job | null = null;
  /** Of the tip when it was sent. */
  private lastGeneration = -1;
  private lastSentMs = Number.NEGATIVE_INFINITY;
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
    this.assigned = null;
    if (entry.small === true) this.small = true;
    if (entry.minimum !== undefined) this.setMinimum(entry.minimum);
  }

  /** A floor the miner asked for, in its units; the operator's stays below it. */
  setMinimum(minimum: number): void {
    this.assigned = null;
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
    this.assigned = null;
    if (startsAnew) this.vardiff = null;
    if (fixedDifficulty !== null || wish.startDifficulty !== null) this.small = true;
    this.wish = wish;
  }

  /** Un-multiplied. At most one change per 10 s; goes out with the next job (spec/11 §4.2). */
  suggest(difficulty: number): void {
    const nowMs = this.context.clock.monotonicMs();
    if (nowMs - this.suggestedAtMs < this.context.limits.suggestionMs) return;
    this.suggestedAtMs = nowMs;
    this.suggested = difficulty;
    this.small = true;
    this.assigned = null;
    if (this.wish.fixedDifficulty === null) this.vardiff?.restart(difficulty, nowMs);
  }

  /** After a repeated subscribe the miner may have lost both. */
  forgetSent(): void {
    this.sent = null;
    this.cleanWanted = true;
  }

  /** Reads what `send` needs of this connection alone; the number means nothing. */
  warm(): number {
    const { assignedFor, issued, lastGeneration, lastSentMs, minerMask, wish } = this;
    const isSet = wish.request.payee === null || assignedFor === 0n || lastSentMs < 0;
    return issued.warm() + lastGeneration + minerMask + (isSet ? 1 : 0);
  }

  find(id: string): FoundJob | undefined {
    const found = this.issued.find(id);
    return found !== undefined && this.isAlive(found.issued) ? found : undefined;
  }

  /** A valid solution that is no repetition, credited at `credit` (un-multiplied). */
  credit(credit: number): void {
    const inForce = this.sent?.difficulty;
    if (inForce === undefined || this.vardiff === null) return;
    if (!this.vardiff.accepted(credit, inForce, this.context.clock.monotonicMs())) return;
    this.assigned = null;
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
    if (this.lastJob === null || this.sent === null) return false;
    if (this.vardiff?.check(this.sent.difficulty, nowMs)) {
      this.assigned = null;
      if (this.isDifficultyOld()) return true;
    }
    return nowMs - this.lastSentMs >= TIMERS.refreshJob;
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
    const { clock, lines, tip, workSource } = this.context;
    const job = workSource.job(this.wish.request);
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
    const assigned = this.assign(this.vardiff, job);
    const isSameJob = this.lastJob?.id === job.id;
    const isNewDifficulty = assigned.text !== this.sent?.text;
    if (cause === "event" && isSameJob && !isNewDifficulty && !this.cleanWanted) return;
    const clean = this.cleanWanted || this.lastGeneration !== tip.generation || (job.clean && !isSameJob);
    const line = lines.issue(job, clean, this.issued, clock.now(), nowMs);
    this.sendMask(job);
    if (isNewDifficulty) this.output.send(notificationLine("mining.set_difficulty", `[${assigned.text}]`));
    this.output.send(line.bytes);
    const size = job.coinbase.prefix.length + EXTRANONCE_BYTES + job.coinbase.suffix.length;
    const limit = this.coinbaseLimit;
    const isTooLong = limit !== null && size > limit.bytes;
    this.issued.add(
      line.issuedWith({
        target: assigned.target,
        versionMask: (this.minerMask & job.header.versionMask) >>> 0,
        isTooLong,
        atMs: nowMs,
        blockGeneration: tip.blockGeneration,
      }),
    );
    this.sent = assigned;
    this.lastJob = job;
    this.lastGeneration = tip.generation;
    this.lastSentMs = nowMs;
    this.cleanWanted = false;
    if (isTooLong) this.output.jobTooLong(size, limit);
  }

  /** Whether vardiff's wish makes another number: at a limit it does not, and a job for nothing would only disturb. */
  private isDifficultyOld(): boolean {
    if (this.lastJob === null || this.vardiff === null) return false;
    return this.assign(this.vardiff, this.lastJob).text !== this.sent?.text;
  }

  private assign(vardiff: Vardiff, job: Job): AssignedDifficulty {
    const { hardestTarget } = job;
    if (this.assigned !== null && this.assignedFor === hardestTarget) return this.assigned;
    const { dumbScryptDifficulty, maxDifficulty, minDifficulty } = this.context.policy;
    const isSmall = this.small && this.minimum === minDifficulty;
    const made = assignDifficulty({
      wanted: vardiff.difficulty,
      minimum: this.minimum * (isSmall ? SMALL_MINER_PART : 1),
      maximum: maxDifficulty,
      hardestTarget,
      multiplier: dumbScryptDifficulty,
    });
    this.assigned = this.context.difficulties.of(made.text, made);
    this.assignedFor = hardestTarget;
    return this.assigned;
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
