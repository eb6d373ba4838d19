import type { Random } from "../../core/random.js";
import type { Clock } from "../../platform/clock.js";
import type { Logger } from "../../platform/log.js";
import type { WorkSource } from "../../work/job.js";
import type { Limits } from "../limits.js";
import type { NotifyLines } from "./notify.js";
import type { WorkerTable } from "./worker-table.js";

/** What the operator decides about miners. */
export interface StratumPolicy {
  /** Wanted seconds between pseudo-shares of one connection. */
  readonly shareSeconds: number;
  /** Easiest difficulty, in the number shown to the miner (spec/10 §9.3 item 2). */
  readonly minDifficulty: number;
  /** Factor between a difficulty and the number miners are shown: 65536 for scrypt (spec/11 §6). */
  readonly dumbScryptDifficulty: number;
  /** What becomes of a user name that is no payable address, and of work before authorize (spec/10 §6.3, spec/11 §7). */
  readonly invalidPayee: "operator" | "reject";
}

/** What all connections of a server share. */
export interface StratumContext {
  readonly workSource: WorkSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly limits: Limits;
  readonly policy: StratumPolicy;
  readonly lines: NotifyLines;
  readonly workers: WorkerTable;
  readonly tip: TipState;
  /** Connections that share the node's first guess of a difficulty (spec/10 §9.3 item 6). */
  activeConnections(): number;
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

/** Text a miner tells about itself, fit to be stored: no control characters, bounded (spec/11 §7 row 32). */
export function label(text: string, maximum: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "").slice(0, maximum);
}
