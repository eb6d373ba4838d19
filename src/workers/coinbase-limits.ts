/** How long a generation transaction a kind of miner can work with, bytes as the miner builds it (without witness). */
export interface CoinbaseLimit {
  readonly device: string;
  readonly bytes: number;
}

/**
 * Limits known from the field, by what miners call themselves; the first that fits counts, so firmware that replaces the
 * maker's comes first. A miner cuts a longer transaction, or gives up, mostly without a word (spec/11 §8).
 */
const KNOWN: readonly (CoinbaseLimit & { readonly pattern: RegExp })[] = [
  { pattern: /vnish/i, device: "VNish", bytes: 16_000 },
  { pattern: /\bepic/i, device: "ePIC", bytes: 16_000 },
  { pattern: /^nicehash/i, device: "NiceHash", bytes: 500 },
  { pattern: /antminer[ _-]?s21/i, device: "Antminer S21", bytes: 2250 },
  { pattern: /antminer[ _-]?[st]1[79]/i, device: "Antminer S17 to S19", bytes: 755 },
  // Some 226 outputs of 34 bytes.
  { pattern: /antminer[ _-]?s9/i, device: "Antminer S9", bytes: 7900 },
  { pattern: /whatsminer/i, device: "Whatsminer", bytes: 6500 },
  // Later builds say bitaxe/MODEL/VERSION.
  { pattern: /^(esp-?miner|bitaxe[ ]v?\d)/i, device: "early ESP-Miner", bytes: 384 },
];

/** Null for a miner that nothing is known of. */
export function coinbaseLimitOf(userAgent: string): CoinbaseLimit | null {
  const known = KNOWN.find(({ pattern }) => pattern.test(userAgent));
  return known === undefined ? null : { device: known.device, bytes: known.bytes };
}

/** What became of a worker whose jobs are too long for it. */
export interface CoinbaseTrouble extends CoinbaseLimit {
  /** Of the last job. */
  readonly size: number;
  /** Jobs sent that were too long. */
  readonly jobs: number;
  /** Solutions for such jobs that did not fit them, and the hashes that they stand for: what the worker loses. */
  readonly lostSolutions: number;
  readonly lostHashes: number;
}

/** One more job that is too long. */
export function jobTooLong(before: CoinbaseTrouble | null, limit: CoinbaseLimit, size: number): CoinbaseTrouble {
  const { lostHashes = 0, lostSolutions = 0, jobs = 0 } = before ?? {};
  return { ...limit, size, jobs: jobs + 1, lostSolutions, lostHashes };
}
