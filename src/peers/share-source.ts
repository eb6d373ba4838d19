import type { ShareNode, ShareRules, VerifyErrorCode, WantedShare } from "../sharechain/index.js";
import type { Share } from "../sharechain/share.js";
import type { PeerId } from "./peer-context.js";

/** The share chain as the exchange with peers needs it; the node implements it over its tracker. */
export interface ShareSource {
  readonly rules: ShareRules;
  /** A share that is held, verified or not. */
  get(id: string): ShareNode | undefined;
  isVerified(id: string): boolean;
  /** The tip. */
  best(): ShareNode | null;
  /** All heads, verified or not: where a download need not go further. */
  heads(): Iterable<ShareNode>;
  /** Missing parents worth asking for, as the last evaluation found them. */
  wanted(): readonly WantedShare[];
  /** Whether more than half of the chain is missing: then downloads ask for more at a time. */
  isSyncing(): boolean;
  /**
   * Takes proven shares in, in any order; one whose hash is held is left alone. Resolves when they are held; the evaluation
   * may follow later, for many calls at once. `from`: who sent them; null for those that waited here.
   */
  accept(shares: readonly Share[], from: PeerId | null): Promise<void>;
  /** Takes an unverified share without children out, to make room. False if it cannot. */
  drop(id: string): boolean;
  /** What an unsolicited share's target is compared with (spec/09 §5.2 stage 3); null while the chain is too young. */
  plausibility(): Plausibility | null;
}

export interface Plausibility {
  /** Easiest `maxTarget` among the newest CHAIN_LENGTH shares of the best chain. */
  readonly easiestTarget: bigint;
  /** The tip's time, seconds since 1970. */
  readonly bestTimestamp: number;
  /** The daemon's block target; whoever meets it is believed. Null while unknown. */
  readonly blockTarget: bigint | null;
}

/** Proof-of-work hashes of headers of 80 bytes, in their order; on scrypt coins by a pool of threads. */
export type ProvePow = (headers: readonly Uint8Array[]) => Promise<readonly Uint8Array[]>;

/**
 * Verdicts that say nothing against a share: they depend on time, on what is missing here, or on what this node happens to
 * remember (spec/09 §5.2 stage 6, spec/20 §14).
 */
export const PASSING_FAILURES: ReadonlySet<VerifyErrorCode> = new Set([
  "CHILD_PROOF_INVALID",
  "DRAFT_CHAIN_TOO_SHORT",
  "DRAFT_PARENT_UNKNOWN",
  "TIMESTAMP_IN_FUTURE",
  "TRANSACTION_REFS_UNKNOWN",
]);
