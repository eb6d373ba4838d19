import type { PowName } from "../../core/hash/index.js";

/** What the miner and its hashing thread say to each other. */
export interface HashWork {
  /** Tells answers to this work from those to earlier work. */
  readonly tag: number;
  /** 80 bytes; the nonce in it is ignored. */
  readonly header: Uint8Array;
  /** 32 bytes, little-endian. */
  readonly target: Uint8Array;
}

export interface HasherOptions {
  readonly pow: PowName;
  /** Hashes per second; null for as many as possible. */
  readonly hashRateLimit: number | null;
}

export type ToHasher = { readonly kind: "work"; readonly work: HashWork } | { readonly kind: "idle" };

export type FromHasher =
  | { readonly kind: "found"; readonly tag: number; readonly nonce: number }
  /** Hashes done since the last such message, and the time that took with all pauses. */
  | { readonly kind: "progress"; readonly hashes: number; readonly seconds: number }
  /** All nonces are used up. */
  | { readonly kind: "exhausted"; readonly tag: number };
