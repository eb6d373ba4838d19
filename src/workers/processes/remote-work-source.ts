import { hashToDifficulty } from "../../core/compact.js";
import type { Random } from "../../core/random.js";
import type { Clock } from "../../platform/clock.js";
import type {
  Job,
  JobPending,
  JobRequest,
  Outcome,
  PayeeCheck,
  RejectCode,
  Solution,
  WorkEvent,
  WorkRefusal,
  WorkSource,
} from "../../work/job.js";
import { headerOfJob, judgeByTarget, type PreparedJob, prepareJob } from "../../work/job-judge.js";
import { JobStore } from "../../work/job-store.js";
import { findFault } from "../../work/mined-header.js";
import type { Verdict } from "../../work/solution.js";
import { TargetTable } from "../../work/target-facts.js";
import { type CountedJob, OWN_REQUEST, type ToMain, type WorkMessage } from "./messages.js";
import type { Reports } from "./reports.js";

export interface RemoteWorkSourceOptions {
  readonly tell: (message: ToMain) => void;
  readonly reports: Pick<Reports, "judged">;
  readonly powHash: (header: Uint8Array) => Uint8Array | Promise<Uint8Array>;
  readonly clock: Clock;
  readonly random: Random;
  readonly feePercent: number;
}

/** Requests that nobody made for this long are given up: every connection asks twice a minute at least. */
const UNUSED_MS = 150_000;

/** What connections ask for, and the answer. */
interface Asked {
  readonly id: number;
  answer: Job | WorkRefusal | null;
  /** Since the last look at all of them. */
  isUsed: boolean;
  usedMs: number;
  /** Given up. */
  isOver: boolean;
}

const PENDING: JobPending = { pending: true };

/** The main process's work source as a worker process sees it: what was asked for is there at once after each event. */
export class RemoteWorkSource implements WorkSource {
  private readonly options: RemoteWorkSourceOptions;
  private readonly listeners = new Set<(event: WorkEvent) => void>();
  private readonly arrivals = new Set<() => void>();
  private readonly requests = new Map<string, Asked>();
  /** By their number, the one for the node itself included. */
  private readonly asked = new Map<number, Asked>();
  private readonly own: Asked;
  /** Connections that want the same share one request: it is found without putting its text together. */
  private readonly shared = new WeakMap<JobRequest, Asked>();
  /** As many as the main process knows. */
  private readonly jobs = new JobStore<PreparedJob>();
  private readonly countedJobs = new WeakMap<PreparedJob, CountedJob>();
  private readonly targets = new TargetTable();
  private readonly questions = new Map<number, (answer: never) => void>();
  private wanted: [number, JobRequest][] = [];
  private lastRequest = OWN_REQUEST;
  private lastQuestion = 0;
  private tipEvent = -1;
  /** Miners' connections of the whole node. */
  connections = 0;

  constructor(options: RemoteWorkSourceOptions) {
    this.options = options;
    this.own = this.newAsked(OWN_REQUEST);
  }

  subscribe(listener: (event: WorkEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  subscribeArrivals(listener: () => void): () => void {
    this.arrivals.add(listener);
    return () => this.arrivals.delete(listener);
  }

  /** Work has come. */
  received({ answers, connections, jobs, reason, tipEvent }: WorkMessage): void {
    this.connections = connections;
    this.tipEvent = tipEvent;
    if (reason !== null) {
      for (const asked of this.asked.values()) asked.answer = null;
      this.jobs.nextEvent();
    }
    for (const job of jobs) {
      this.jobs.add(job.id, prepareJob(job, tipEvent), job.coinbase.prefix.length);
    }
    for (const [request, answer] of answers) {
      const asked = this.asked.get(request);
      const known = typeof answer === "string" ? this.jobs.get(answer)?.job : answer;
      if (asked !== undefined && known !== undefined) asked.answer = known;
    }
    if (reason !== null) for (const listener of this.listeners) listener({ reason });
    else for (const listener of this.arrivals) listener();
  }

  job(request: JobRequest): Job | JobPending | WorkRefusal {
    const { feePercent, random } = this.options;
    // The fee is taken in whole jobs, so often that its mean is exact (spec/10 §6.2).
    const isFee = feePercent > 0 && 100 * random.uniform() < feePercent;
    const asked = isFee ? this.own : this.askedOf(request);
    asked.isUsed = true;
    return asked.answer ?? PENDING;
  }

  private askedOf(request: JobRequest): Asked {
    const shared = this.shared.get(request);
    if (shared !== undefined && !shared.isOver) return shared;
    const { payee, shareDifficulty } = request;
    if (payee === null && shareDifficulty === null) return this.own;
    const key = `${shareDifficulty} ${payee === null ? "" : `=${payee}`}`;
    let asked = this.requests.get(key);
    if (asked === undefined) {
      asked = this.newAsked(++this.lastRequest);
      this.requests.set(key, asked);
      // Those of one turn in one message.
      if (this.wanted.length === 0) queueMicrotask(() => this.askForJobs());
      this.wanted.push([asked.id, request]);
    }
    this.shared.set(request, asked);
    return asked;
  }

  private newAsked(id: number): Asked {
    const asked = { id, answer: null, isUsed: true, usedMs: 0, isOver: false };
    this.asked.set(id, asked);
    return asked;
  }

  private askForJobs(): void {
    const requests = this.wanted;
    this.wanted = [];
    this.options.tell({ kind: "want", requests });
  }

  /** Gives up what no connection asks for any more. To be called now and then. */
  expire(): void {
    const nowMs = this.options.clock.monotonicMs();
    const unused: number[] = [];
    for (const [key, asked] of this.requests) {
      if (asked.isUsed) {
        asked.isUsed = false;
        asked.usedMs = nowMs;
      } else if (nowMs - asked.usedMs > UNUSED_MS) {
        asked.isOver = true;
        this.requests.delete(key);
        this.asked.delete(asked.id);
        unused.push(asked.id);
      }
    }
    if (unused.length > 0) this.options.tell({ kind: "unwant", requests: unused });
  }

  checkPayee(payee: string): Promise<PayeeCheck> {
    return this.ask((question) => ({ kind: "payee", question, payee }));
  }

  /** The main process has answered a question. */
  answered(question: number, answer: Outcome | PayeeCheck): void {
    const resolve = this.questions.get(question);
    this.questions.delete(question);
    resolve?.(answer as never);
  }

  /** Bounded by the connections: each waits for its answer. If the main process ends, so does this one. */
  private ask<Answer extends Outcome | PayeeCheck>(message: (question: number) => ToMain): Promise<Answer> {
    const question = ++this.lastQuestion;
    return new Promise<Answer>((resolve) => {
      this.questions.set(question, resolve);
      this.options.tell(message(question));
    });
  }

  submit(solution: Solution): Outcome | Promise<Outcome> {
    const { clock, powHash } = this.options;
    const known = this.jobs.get(solution.job);
    if (known === undefined) {
      return this.judged(solution, null, { kind: "rejected", code: 21, reason: "Job not found" }, null);
    }
    const fault = findFault(solution, known.job, clock.now());
    if (fault !== null) return this.judged(solution, known, { kind: "rejected", code: 20, reason: fault }, null);
    const stale = known.tipEvent !== this.tipEvent;
    const header = headerOfJob(known, solution);
    const pow = powHash(header);
    if (!(pow instanceof Promise)) return this.judge(solution, known, { header, pow }, stale);
    return pow.then((hash) => this.judge(solution, known, { header, pow: hash }, stale));
  }

  private judge(
    solution: Solution,
    known: PreparedJob,
    mined: { readonly header: Uint8Array; readonly pow: Uint8Array },
    stale: boolean,
  ): Outcome | Promise<Outcome> {
    const outcome = judgeByTarget(known, solution, mined, { targets: this.targets, stale });
    // A share or a block: there is one path that makes them, and it counts them too.
    if (outcome === null) return this.ask((question) => ({ kind: "solution", question, solution }));
    return this.judged(solution, known, outcome, hashToDifficulty(mined.pow));
  }

  private judged(solution: Solution, known: PreparedJob | null, outcome: Outcome, difficulty: number | null): Outcome {
    const { easedTarget, pseudoTarget, worker } = solution;
    const isEased = outcome.kind !== "rejected" && outcome.isEased === true;
    const credited = this.targets.of(isEased ? easedTarget! : pseudoTarget);
    this.options.reports.judged({
      outcome: verdictOf(outcome),
      worker,
      job: known === null ? null : this.counted(known),
      work: Number(credited.attempts),
      pseudoDifficulty: credited.difficulty,
      difficulty,
    });
    return outcome;
  }

  /** The same object for all of a job's submissions, which a report then holds once. */
  private counted(known: PreparedJob): CountedJob {
    const { forAddress, shareTarget } = known.job;
    let counted = this.countedJobs.get(known);
    if (counted === undefined) {
      counted = { address: forAddress, attemptsToShare: Number(this.targets.of(shareTarget).attempts) };
      this.countedJobs.set(known, counted);
    }
    return counted;
  }
}

const VERDICTS = {
  rejected: {
    20: { kind: "rejected", code: 20 },
    21: { kind: "rejected", code: 21 },
    22: { kind: "rejected", code: 22 },
    23: { kind: "rejected", code: 23 },
  },
  late: { kind: "pseudo", stale: true },
  inTime: { kind: "pseudo", stale: false },
} as const satisfies Record<string, Verdict | Record<RejectCode, Verdict>>;

/** Always the same object for the same verdict. What is judged here is a pseudo-share at most. */
function verdictOf(outcome: Outcome): Verdict {
  if (outcome.kind === "rejected") return VERDICTS.rejected[outcome.code];
  return outcome.stale ? VERDICTS.late : VERDICTS.inTime;
}
