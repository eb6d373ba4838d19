import { equalBytes } from "../../core/bytes.js";
import { attemptsToTarget, difficultyToTarget, targetToAttempts, targetToDifficulty } from "../../core/compact.js";
import type { Clock } from "../../platform/clock.js";
import type { Job, Outcome, WorkSource } from "../../work/job.js";
import { startTime } from "../../work/mined-header.js";
import type { Username } from "../../work/username.js";
import { limitTarget } from "../difficulty.js";
import { type Limits, TIMERS } from "../limits.js";
import { type MinerPolicy, SMALL_MINER_PART } from "../policy.js";
import type { SubmissionCounts, WorkerTable } from "../worker-table.js";
import { decodeGetwork, encodeGetwork, type GetworkData, jobHeader } from "./encoding.js";
import { HandedOutTable } from "./handed-out.js";
import { GetworkError, type RejectReason } from "./reply.js";

/** Whom a request comes from. */
export interface Caller {
  readonly username: Username;
  /** As in the statistics. */
  readonly name: string;
  readonly userAgent: string | null;
  /** Hashes per second that the miner says it does; null if it says nothing. */
  readonly hashRate: number | null;
}

export interface GetworkDeskOptions {
  readonly workSource: WorkSource;
  readonly clock: Clock;
  readonly workers: WorkerTable;
  readonly limits: Limits;
  readonly policy: MinerPolicy;
}

/** Where each reason counts. */
const KINDS = {
  "stale-work": "stale",
  "unknown-work": "stale",
  "high-hash": "low",
  duplicate: "duplicate",
  "time-invalid": "invalid",
  "invalid-work": "invalid",
} as const satisfies Record<RejectReason, keyof SubmissionCounts>;

/**
 * Hands out work and judges what comes back, without HTTP around it. Every answer has a merkle root of its own: the first
 * four extranonce bytes are zero, which no Stratum connection has, and the others count answers (spec/10 §10).
 */
export class GetworkDesk {
  private readonly options: GetworkDeskOptions;
  private readonly handedOut: HandedOutTable;
  private answers = 0;
  private tipChangedMs = Number.NEGATIVE_INFINITY;

  constructor(options: GetworkDeskOptions) {
    this.options = options;
    this.handedOut = new HandedOutTable(options.limits);
  }

  /** Work of before is late from now on, after a grace. */
  tipChanged(): void {
    this.tipChangedMs = this.options.clock.monotonicMs();
  }

  /** @throws GetworkError if there is no work or the user name is not taken */
  async give(caller: Caller): Promise<GetworkData> {
    const { clock, policy, workers, workSource } = this.options;
    const { payee, shareDifficulty } = caller.username;
    const check = await workSource.checkPayee(payee);
    if (!check.ok && policy.invalidPayee === "reject") throw new GetworkError(-12345, check.reason);
    const job = workSource.job({ payee, shareDifficulty });
    if (!("header" in job)) throw new GetworkError(-12345, "refused" in job ? job.refused : "no work yet");
    const extranonce = new Uint8Array(8);
    new DataView(extranonce.buffer).setUint32(4, this.answers, true);
    this.answers = (this.answers + 1) % 2 ** 32;
    const nowMs = clock.monotonicMs();
    const time = startTime(job.header, clock.now());
    const target = this.targetOf(job, caller);
    const header = jobHeader(job, extranonce, time);
    this.handedOut.add(header.subarray(36, 68), { job, extranonce, time, target, worker: caller.name }, nowMs);
    const record = workers.open(caller.name, nowMs);
    record.difficulty = targetToDifficulty(target);
    record.userAgent = caller.userAgent;
    return encodeGetwork(header, target);
  }

  /** The job's own target unless the miner said something better; limits as everywhere (spec/10 §9.1, §9.3). */
  private targetOf(job: Job, { hashRate, username }: Caller): bigint {
    const { dumbScryptDifficulty, maxDifficulty, minDifficulty, shareSeconds, startDifficulty } = this.options.policy;
    const fixed = username.pseudoDifficulty;
    let wanted = job.pseudoTarget;
    if (startDifficulty !== null) wanted = difficultyToTarget(startDifficulty / dumbScryptDifficulty);
    if (fixed !== null) wanted = difficultyToTarget(fixed);
    else if (hashRate !== null) wanted = attemptsToTarget(Math.max(1, hashRate * shareSeconds));
    const minimum = fixed === null && hashRate === null ? minDifficulty : minDifficulty * SMALL_MINER_PART;
    return limitTarget(wanted, {
      minimum,
      maximum: maxDifficulty,
      multiplier: dumbScryptDifficulty,
      hardestTarget: job.hardestTarget,
    });
  }

  /** Null: taken. @throws GetworkError if `data` is no header */
  async submit(data: unknown): Promise<RejectReason | null> {
    const header = typeof data === "string" ? decodeGetwork(data) : null;
    if (header === null) throw new GetworkError(-32602, "invalid data");
    const { clock, workers, workSource } = this.options;
    const nowMs = clock.monotonicMs();
    const handedOut = this.handedOut.find(header.merkleRoot, nowMs);
    if (handedOut === undefined) return "unknown-work";
    const { extranonce, job, target, time, worker } = handedOut;
    const record = workers.open(worker, nowMs);
    // A miner that changed these works on something that is no block of ours.
    const isOther = !equalBytes(header.previousBlock, job.header.previousBlock) || header.bits !== job.header.bits;
    const rolled = header.time - time;
    let reason: RejectReason | null;
    if (isOther) reason = "invalid-work";
    else if (rolled < 0 || rolled * 1000 > TIMERS.rollTime + TIMERS.clockSlack) reason = "time-invalid";
    else {
      const { nonce, version } = header;
      const solution = { job: job.id, extranonce, nonce, time: header.time, version, pseudoTarget: target, worker };
      const isPastGrace = nowMs - this.tipChangedMs > TIMERS.staleGrace;
      reason = verdictOf(await workSource.submit(solution), isPastGrace);
    }
    if (reason === null || reason === "stale-work") {
      record.meter.add(Number(targetToAttempts(target)), nowMs);
      record.lastSubmitAt = clock.now();
    }
    if (reason === null) record.counts.accepted++;
    else record.counts[KINDS[reason]]++;
    return reason;
  }
}

/** `isPastGrace`: it came too long after the tip changed to pass for one of before. */
function verdictOf(outcome: Outcome, isPastGrace: boolean): RejectReason | null {
  if (outcome.kind !== "rejected") return outcome.stale && isPastGrace ? "stale-work" : null;
  const { code, reason } = outcome;
  if (code === 20) return reason.startsWith("time") ? "time-invalid" : "invalid-work";
  return code === 21 ? "stale-work" : code === 22 ? "duplicate" : "high-hash";
}
