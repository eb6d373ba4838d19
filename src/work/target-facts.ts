import { targetToAttempts, targetToDifficulty } from "../core/compact.js";
import { targetBytes } from "../sharechain/share.js";

export interface TargetFacts {
  /** For comparing with hashes. */
  readonly bytes: Uint8Array;
  /** Expected hashes. */
  readonly attempts: bigint;
  /** Un-multiplied. */
  readonly difficulty: number;
}

/** Targets that are judged at the moment; beyond them all are forgotten. */
const MAX_KNOWN = 16_384;

/** What follows from a target, worked out once: miners send thousands of solutions for the same few. */
export class TargetTable {
  private readonly known = new Map<bigint, TargetFacts>();

  of(target: bigint): TargetFacts {
    const known = this.known.get(target);
    if (known !== undefined) return known;
    const facts = {
      bytes: targetBytes(target),
      attempts: targetToAttempts(target),
      difficulty: targetToDifficulty(target),
    };
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    this.known.set(target, facts);
    return facts;
  }
}
