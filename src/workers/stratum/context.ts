import type { Random } from "../../core/random.js";
import type { Clock } from "../../platform/clock.js";
import type { Logger } from "../../platform/log.js";
import type { JobRequest, WorkSource } from "../../work/job.js";
import type { TargetTable } from "../../work/target-facts.js";
import type { Bans } from "../bans.js";
import type { MinerLatencies } from "../latencies.js";
import type { Limits } from "../limits.js";
import type { MinerPolicy } from "../policy.js";
import type { WorkerTable } from "../worker-table.js";
import type { Difficulties } from "./difficulties.js";
import type { NotifyLines } from "./notify.js";
import type { Replies } from "./replies.js";
import type { Shared } from "./shared.js";

/** What all connections of a server share. */
export interface StratumContext {
  readonly workSource: WorkSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly limits: Limits;
  readonly policy: MinerPolicy;
  readonly lines: NotifyLines;
  readonly replies: Replies;
  /** By payee and share difficulty. */
  readonly requests: Shared<JobRequest>;
  readonly difficulties: Difficulties;
  readonly latencies: MinerLatencies;
  readonly workers: WorkerTable;
  readonly targets: TargetTable;
  readonly bans: Pick<Bans, "offended">;
  /** Null where nothing of it is lost before the node itself is. */
  readonly ledger: Ledger | null;
  readonly tip: TipState;
  /** Connections that share the node's first guess of a difficulty (spec/10 §9.3 item 6). */
  activeConnections(): number;
}

/** Where what miners are told has to be known elsewhere first, so that none of it is lost with this process. */
export interface Ledger {
  /** Number of the page that the last entry so far is on. */
  readonly lastPage: number;
  /** All pages up to this one are known. */
  readonly knownPage: number;
  /** Calls once that is so. */
  whenKnown(page: number, action: () => void): void;
}

interface TipState {
  /** Counts changes of the share tip or the coin's block. */
  generation: number;
  /** Counts changes of the coin's block. */
  blockGeneration: number;
  /** When it last changed, on the monotonic clock; -Infinity before. */
  changedAtMs: number;
  /** Version bits that the last job let miners roll; null before the first (spec/10 §8.10). */
  versionMask: number | null;
}

/** BIP 320: the bits a miner may roll (spec/11 §5). */
export const SERVER_VERSION_MASK = 0x1fffe000;

/** The user agents that ask for a start of their own (spec/10 §9.3 item 6, spec/11 §8), in the miner's units. */
export const USER_AGENTS: readonly { pattern: RegExp; difficulty: number; minimum?: number; small?: boolean }[] = [
  { pattern: /^nicehash\//i, difficulty: 524_288, minimum: 524_288 },
  { pattern: /nerdminer/i, difficulty: 0.001, small: true },
  { pattern: /^(cpuminer|minerd)/i, difficulty: 0.01, small: true },
  { pattern: /bitaxe|nerdqaxe|nerdaxe/i, difficulty: 1000 },
  { pattern: /^(bmminer|whatsminer|bosminer)/i, difficulty: 16_384 },
];
