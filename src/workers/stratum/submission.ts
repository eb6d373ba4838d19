import type { Outcome, Solution } from "../../work/job.js";
import { latestTime } from "../../work/mined-header.js";
import { SubmissionConduct } from "../conduct.js";
import { StratumError, type StratumReplyCode } from "../errors.js";
import { TIMERS } from "../limits.js";
import { noSubmissions, rejectionKind, type SubmissionCounts, type WorkerRecord } from "../worker-table.js";
import type { StratumContext } from "./context.js";
import type { IssuedJob } from "./issued-jobs.js";
import type { JobDesk, JobOutput } from "./job-desk.js";
import { resultLine, type StratumRequest, submitRejectedLine } from "./message.js";
import { parseSubmit, type SubmitParams } from "./params.js";

type Verdict =
  /** Valid work; `late`: the tip changed and the grace is over. Credited at `target`. */
  | { readonly kind: "valid"; readonly late: boolean; readonly target: bigint }
  | { readonly kind: "refused"; readonly code: StratumReplyCode; readonly reason: string }
  | { readonly kind: "unknown-job" };

/**
 * The submissions of one connection (spec/11 §4.5, §4.6). Checks, the first that fails is the answer (spec/10 §11.7): form of
 * the parameters, job known, time and version bits, then whatever the work source says.
 */
export class Submissions {
  private readonly context: StratumContext;
  private readonly output: JobOutput;
  private readonly desk: JobDesk;
  private readonly extranonce1: Uint8Array;
  private readonly conduct: SubmissionConduct;
  private unknownJobs = 0;
  private isOver = false;
  readonly counts: SubmissionCounts = noSubmissions();
  /** Expected hashes of all valid work, late work included. */
  hashes = 0;
  /** Seconds since 1970; null without a valid submission. */
  lastSubmitAt: number | null = null;

  constructor(options: { context: StratumContext; output: JobOutput; desk: JobDesk; extranonce1: Uint8Array }) {
    this.context = options.context;
    this.output = options.output;
    this.desk = options.desk;
    this.extranonce1 = options.extranonce1;
    this.conduct = new SubmissionConduct({ limits: options.context.limits });
  }

  /** The connection is gone: what is still judged is counted, and not answered. */
  stop(): void {
    this.isOver = true;
  }

  /**
   * `recordOf`: the statistics of a worker name as submitted; null before anyone authorised. Resolves when the answer was
   * given, where that takes long.
   */
  handle(request: StratumRequest, recordOf: (name: string) => WorkerRecord | null): Promise<void> | undefined {
    const { clock, latencies } = this.context;
    const startedMs = clock.monotonicMs();
    const answered = (): void => latencies.submission.observe((clock.monotonicMs() - startedMs) / 1000);
    const later = this.answer(request, recordOf);
    if (later !== undefined) return later.then(answered);
    answered();
    return undefined;
  }

  private answer(request: StratumRequest, recordOf: (name: string) => WorkerRecord | null): Promise<void> | undefined {
    let record = recordOf("");
    try {
      const submit = parseSubmit(request.params);
      record = recordOf(submit.worker);
      const verdict = this.judge(submit, record?.name ?? "");
      if (verdict instanceof Promise) return verdict.then((later) => this.conclude(request, later, record));
      this.conclude(request, verdict, record);
    } catch (error) {
      if (!(error instanceof StratumError)) throw error;
      this.conclude(request, { kind: "refused", code: error.data.reply, reason: error.message }, record);
    }
    return undefined;
  }

  private conclude(request: StratumRequest, verdict: Verdict, record: WorkerRecord | null): void {
    if (verdict.kind === "unknown-job") this.rejectUnknownJob(request, record);
    else if (verdict.kind === "valid") this.accept(request, verdict, record);
    else this.reject(request, verdict.code, verdict.reason, record);
    // Where the miner would begin when it came back.
    if (record !== null) record.difficulty = this.desk.difficulty;
  }

  private judge(submit: SubmitParams, worker: string): Promise<Verdict> | Verdict {
    const found = this.desk.find(submit.jobId);
    if (found === undefined) return { kind: "unknown-job" };
    const { easiest, issued, target } = found;
    const { clock, tip, workSource } = this.context;
    const { header, id } = issued.wire.job;
    // Without a stated earliest time a template's own time is it (spec/10 §11.1).
    if (submit.time < (header.minTime || header.time)) throw new StratumError(20, "time-too-old");
    if (submit.time > latestTime(header, clock.now())) throw new StratumError(20, "time-too-new");
    const extranonce = new Uint8Array(this.extranonce1.length + submit.extranonce2.length);
    extranonce.set(this.extranonce1);
    extranonce.set(submit.extranonce2, this.extranonce1.length);
    const isEased = easiest > target;
    const solution: Solution = {
      job: id,
      extranonce,
      nonce: submit.nonce,
      time: submit.time,
      version: rolledVersion(header.version, issued.versionMask, submit.versionBits),
      pseudoTarget: target,
      // Below the job's own difficulty but not below an easier one sent since: honest work (spec/11 §4.6).
      ...(isEased ? { easedTarget: easiest } : {}),
      worker,
    };
    const isPastGrace = clock.monotonicMs() - tip.changedAtMs > TIMERS.staleGrace;
    const outcome = workSource.submit(solution);
    return outcome instanceof Promise
      ? outcome.then((later) => this.verdict(later, solution, issued, isPastGrace))
      : this.verdict(outcome, solution, issued, isPastGrace);
  }

  /** `isPastGrace`: it came too long after the tip changed to pass for one of before. */
  private verdict(outcome: Outcome, solution: Solution, issued: IssuedJob, isPastGrace: boolean): Verdict {
    if (outcome.kind === "rejected") {
      // A miner that cut the transaction hashed something else.
      if (outcome.code === 23 && issued.isTooLong) this.lost(solution.worker, solution.pseudoTarget);
      if (outcome.code === 21) return { kind: "unknown-job" };
      return { kind: "refused", code: outcome.code, reason: outcome.reason };
    }
    const { hash, isEased, kind, stale } = outcome;
    if (kind !== "pseudo") this.context.log.info({ hash, worker: solution.worker }, kind);
    const target = isEased === true ? solution.easedTarget! : solution.pseudoTarget;
    return { kind: "valid", late: stale && isPastGrace, target };
  }

  private lost(worker: string, target: bigint): void {
    const record = this.context.workers.get(worker);
    if (record?.coinbase == null) return;
    const { lostHashes, lostSolutions } = record.coinbase;
    const hashes = Number(this.context.targets.of(target).attempts);
    record.coinbase = { ...record.coinbase, lostSolutions: lostSolutions + 1, lostHashes: lostHashes + hashes };
  }

  private accept(request: StratumRequest, verdict: Verdict & { kind: "valid" }, record: WorkerRecord | null): void {
    const { clock, targets } = this.context;
    this.unknownJobs = 0;
    const hashes = Number(targets.of(verdict.target).attempts);
    this.hashes += hashes;
    this.lastSubmitAt = clock.now();
    if (record !== null) {
      record.meter.add(hashes, clock.monotonicMs());
      record.hashes += hashes;
      record.lastSubmitAt = this.lastSubmitAt;
    }
    if (verdict.late) this.reject(request, 21, "Stale", record);
    else {
      this.count("accepted", record);
      this.output.send(resultLine(request.id, "true"));
      this.conduct.note(false, clock.monotonicMs());
    }
    // After the reply, as it may send a new difficulty and job. Late work is work: it says how fast the miner is.
    if (!this.isOver) this.desk.credit(targets.of(verdict.target).difficulty);
  }

  /** Before the reply, which says so. */
  private count(kind: keyof SubmissionCounts, record: WorkerRecord | null): void {
    this.counts[kind]++;
    if (record === null) return;
    record.counts[kind]++;
    this.context.workers.changed(record);
  }

  private rejectUnknownJob(request: StratumRequest, record: WorkerRecord | null): void {
    const { unknownJobsForClose, unknownJobsForRefresh } = this.context.limits;
    this.reject(request, 21, "Job not found", record);
    this.unknownJobs++;
    if (this.unknownJobs % unknownJobsForRefresh === 0) this.desk.sendClean();
    if (this.unknownJobs >= unknownJobsForClose) this.output.offend("unknown jobs");
  }

  private reject(request: StratumRequest, reply: StratumReplyCode, text: string, record: WorkerRecord | null): void {
    const isCounted = reply === 20 || reply === 21 || reply === 22 || reply === 23;
    if (isCounted) this.count(rejectionKind(reply), record);
    this.output.send(submitRejectedLine(request.id, reply, text));
    if (!isCounted) return;
    // What comes too late is no offence (spec/11 §4.11).
    if (this.conduct.note(reply !== 21, this.context.clock.monotonicMs())) {
      this.output.offend("mostly invalid submissions");
    }
  }
}

/**
 * Miners send the new bits, the bits to change or a full version; with the job's bits under the mask clear all three mean
 * the same (spec/11 §5). @throws StratumError for bits outside the mask.
 */
export function rolledVersion(jobVersion: number, mask: number, bits: number | null): number {
  if (bits === null) return jobVersion;
  const outside = (bits & ~mask) >>> 0;
  if (outside !== 0 && outside !== (jobVersion & ~mask) >>> 0) throw new StratumError(20, "Invalid version mask");
  return ((jobVersion & ~mask) | (bits & mask)) >>> 0;
}
