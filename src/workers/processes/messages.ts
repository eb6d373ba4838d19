import type { PowName } from "../../core/hash/index.js";
import type { LogLevel } from "../../platform/log.js";
import type { Job, JobId, JobRequest, Outcome, PayeeCheck, Solution, WorkEvent, WorkRefusal } from "../../work/job.js";
import type { Verdict } from "../../work/solution.js";
import type { CoinbaseTrouble } from "../coinbase-limits.js";
import type { ConnectionView } from "../connection-view.js";
import type { LatenciesPart } from "../latencies.js";
import type { Limits } from "../limits.js";
import type { MinerPolicy } from "../policy.js";

// What the node's process and its worker processes say to each other, as structured clones. Requests and questions are numbered
// by the worker process; 0 is the request for work that pays the node itself.

export interface ChildSettings {
  readonly policy: MinerPolicy;
  readonly limits: Limits;
  readonly feePercent: number;
  readonly pow: PowName;
  /** For proof of work that is costly. */
  readonly threads: number;
  readonly logLevel: LogLevel;
  /** Its connections are numbered above those of the processes that had its place before. */
  readonly lastConnection: number;
}

export const OWN_REQUEST = 0;

/** Work, as much as there is at the moment. */
export interface WorkMessage {
  readonly kind: "work";
  /** All answers of before are outdated; null: further ones. */
  readonly reason: WorkEvent["reason"] | null;
  readonly tipEvent: number;
  /** Miners' connections of the whole node. */
  readonly connections: number;
  /** Those that this process does not have yet. */
  readonly jobs: readonly Job[];
  readonly answers: readonly (readonly [request: number, answer: JobId | WorkRefusal])[];
}

export type ToChild =
  | { readonly kind: "start"; readonly settings: ChildSettings }
  | WorkMessage
  /** Comes with the socket, whose first bytes were read already. */
  | { readonly kind: "miner"; readonly extranonce1: number; readonly address: string; readonly head: Uint8Array }
  | { readonly kind: "payee"; readonly question: number; readonly check: PayeeCheck }
  | { readonly kind: "outcome"; readonly question: number; readonly outcome: Outcome }
  /** For the operator: connections above a number. */
  | { readonly kind: "list"; readonly question: number; readonly number: number; readonly limit: number }
  | { readonly kind: "ping" }
  | { readonly kind: "stop" };

/** What is counted of a job. One object for all of a job's submissions. */
export interface CountedJob {
  readonly address: string;
  readonly attemptsToShare: number;
}

/**
 * A submission that was judged by its job alone. A row, as names of properties are most of what an object costs in a message,
 * and what several rows have in common is written once where it is the same object. `worker`: its place among the report's names.
 */
export type JudgedRow = readonly [
  worker: number,
  verdict: Verdict,
  job: CountedJob | null,
  work: number,
  pseudoDifficulty: number,
  difficulty: number | null,
];

/** What is new of a worker: counts and hashes are those since the last report. */
export type WorkerRow = readonly [
  worker: number,
  accepted: number,
  stale: number,
  duplicate: number,
  low: number,
  invalid: number,
  hashes: number,
  connections: number,
  difficulty: number | null,
  userAgent: string | null,
  coinbase: CoinbaseTrouble | null,
  lastSubmitAt: number | null,
];

/** What happened since the last report. */
export interface Report {
  /** Of the workers that the rows are about. */
  readonly names: readonly string[];
  readonly judged: readonly JudgedRow[];
  readonly workers: readonly WorkerRow[];
  /** Extranonces of connections that are gone. */
  readonly closed: readonly number[];
  /** Addresses whose connections were closed for bad conduct. */
  readonly offended: readonly string[];
  /** Lines of the log, as JSON. */
  readonly log: readonly string[];
  /** Further ones. */
  readonly leftOut: number;
}

export type ToMain =
  | { readonly kind: "ready" }
  /** `authorized`: connections that have logged in. */
  | { readonly kind: "pong"; readonly authorized: number; readonly latencies: LatenciesPart }
  /** The last socket was taken. */
  | { readonly kind: "taken" }
  | { readonly kind: "report"; readonly report: Report }
  | { readonly kind: "listed"; readonly question: number; readonly connections: readonly ConnectionView[] }
  | { readonly kind: "want"; readonly requests: readonly (readonly [number, JobRequest])[] }
  | { readonly kind: "unwant"; readonly requests: readonly number[] }
  | { readonly kind: "payee"; readonly question: number; readonly payee: string }
  | { readonly kind: "solution"; readonly question: number; readonly solution: Solution };
