import type { SubmissionCounts } from "./worker-table.js";

/** A miner's connection as the operator sees it. */
export interface ConnectionView {
  /** In the order of connecting, of the process that serves it. */
  readonly number: number;
  readonly extranonce1: number;
  readonly remoteAddress: string;
  readonly userAgent: string | null;
  /** `payee` or `payee.worker`; null before it has logged in. */
  readonly worker: string | null;
  /** Un-multiplied; null before its first job. */
  readonly difficulty: number | null;
  readonly versionMask: number;
  readonly counts: Readonly<SubmissionCounts>;
  /** Hashes per second, the mean since it connected; null without valid work. */
  readonly hashRate: number | null;
  /** Seconds since 1970. */
  readonly connectedAt: number;
  /** Seconds since 1970; null without a valid submission. */
  readonly lastSubmitAt: number | null;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** What the socket has not taken yet. */
  readonly unsentBytes: number;
}

/** How far a list of connections was read: those of one process after the other. */
export interface ConnectionPlace {
  /** 0: the node's own; worker processes count from 1. */
  readonly process: number;
  /** Number of the last one that was seen; 0 for none. */
  readonly number: number;
}

export interface ConnectionPage {
  readonly items: readonly (ConnectionView & { readonly process: number })[];
  /** Where to go on; null at the end. */
  readonly next: ConnectionPlace | null;
}
