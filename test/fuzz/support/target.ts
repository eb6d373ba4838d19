import type { Random } from "../../../src/core/random.js";

/** One of the ways in: what is well formed for it, and what becomes of anything else. */
export interface FuzzTarget {
  readonly name: string;
  /** Well-formed inputs, to be changed. */
  readonly seeds: readonly Uint8Array[];
  /** Changes of its own besides those of bytes; the same random numbers, the same input. */
  readonly mutate?: (seed: Uint8Array, random: Random) => Uint8Array;
  /** Takes an input in. @throws P2PoolError or ZodError for a bad one; anything else is a find */
  readonly decode: (input: Uint8Array) => void;
}

/** An input that something was wrong with once, as test/fuzz/cases holds it. */
export interface FuzzCase {
  readonly target: string;
  /** Hex digits. */
  readonly input: string;
  /** What happened. */
  readonly found: string;
}
