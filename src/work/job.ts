import type { Brand } from "../core/bytes.js";
import type { CompactBits } from "../core/compact.js";

/**
 * What `work` and `workers` exchange. Plain structured-cloneable values, so that the miner-facing side can live in another
 * thread, process or machine. One job serves every miner with the same payout address and share target: the first four of
 * the eight extranonce bytes are unique per connection and keep them apart (spec/10 §10).
 */
export type JobId = Brand<string, "JobId">;

export interface HeaderTemplate {
  /** With all bits of `versionMask` clear (spec/10 §8.10). */
  readonly version: number;
  /** Version bits that miners may roll. */
  readonly versionMask: number;
  /** 32 bytes, wire order. */
  readonly previousBlock: Uint8Array;
  readonly bits: CompactBits;
  /** Seconds since 1970. */
  readonly time: number;
  /** Earliest time the daemon allows. */
  readonly minTime: number;
}

export interface Job {
  readonly id: JobId;
  /** Address the share pays as its finder. */
  readonly forAddress: string;
  /** Stripped generation transaction = prefix, 8 extranonce bytes, suffix. */
  readonly coinbase: { readonly prefix: Uint8Array; readonly suffix: Uint8Array };
  /** Siblings of the generation transaction, deepest first, 32 bytes each in wire order. */
  readonly merkleBranch: readonly Uint8Array[];
  readonly header: HeaderTemplate;
  /** Where a miner's own target starts (spec/10 §9.1). */
  readonly pseudoTarget: bigint;
  /** A solution that meets this is a share. */
  readonly shareTarget: bigint;
  /** No miner's target may be harder: the share target, or that of a merged chain where that is easier (spec/10 §9.3). */
  readonly hardestTarget: bigint;
  /** Earlier jobs are worthless: the share tip or the coin's block changed. */
  readonly clean: boolean;
}

export interface Solution {
  readonly job: JobId;
  /** Eight bytes: the connection's four, then the miner's four. */
  readonly extranonce: Uint8Array;
  readonly nonce: number;
  /** Header time as mined, seconds. */
  readonly time: number;
  /** Full header version as mined. */
  readonly version: number;
  /** Target the solution is judged and credited at. */
  readonly pseudoTarget: bigint;
  /** An easier one that it may have been mined for: it counts at that where only that is met. */
  readonly easedTarget?: bigint;
  /** Canonical worker name, for statistics. */
  readonly worker: string;
}

/** Stratum error codes (spec/11 §4.6). */
export type RejectCode = 20 | 21 | 22 | 23;

export type Outcome =
  | { readonly kind: "rejected"; readonly code: RejectCode; readonly reason: string }
  | {
      readonly kind: "pseudo" | "share" | "block";
      /** Dead on arrival: the tip changed since the job was made. */
      readonly stale: boolean;
      /** Hash of the header, display order. */
      readonly hash: string;
      /** It only meets `easedTarget`. */
      readonly isEased?: boolean;
    };

/** What a connection asks a job for (from its user name, spec/10 §6). */
export interface JobRequest {
  /** Text before the first separator of the user name; null before a miner has authorised. */
  readonly payee: string | null;
  /** `/difficulty` of the user name. */
  readonly shareDifficulty: number | null;
}

/** Why the node hands out no work at the moment (spec/10 §7); the text is shown to the miner. */
export interface WorkRefusal {
  readonly refused: string;
}

/** The job is made elsewhere, and has been asked for: there is news when it is there. */
export interface JobPending {
  readonly pending: true;
}

export type PayeeCheck =
  | { readonly ok: true; readonly address: string }
  | { readonly ok: false; readonly reason: string };

export interface WorkEvent {
  /** A new block of the coin, a new tip of the share chain, or only a refresh. */
  readonly reason: "block" | "tip" | "refresh";
}

/** The miner-facing side's view of the node. */
export interface WorkSource {
  job(request: JobRequest): Job | JobPending | WorkRefusal;
  /**
   * Answers later where hashing takes long. What the answer depends on, the clock and the tip, is that of the moment of the
   * call; of equal solutions one counts, whichever is hashed first.
   */
  submit(solution: Solution): Outcome | Promise<Outcome>;
  /** Calls on every new-work event (spec/10 §5) until the returned function is called. */
  subscribe(listener: (event: WorkEvent) => void): () => void;
  /** Where jobs are made elsewhere: calls when some that were pending are there. */
  subscribeArrivals?(listener: () => void): () => void;
  /** Whether a payee text is an address that a share can pay now, or why not. */
  checkPayee(payee: string): PayeeCheck | Promise<PayeeCheck>;
}
