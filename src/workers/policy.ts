/** What the operator decides about miners. */
export interface MinerPolicy {
  /** Wanted seconds between pseudo-shares of one connection. */
  readonly shareSeconds: number;
  /** Easiest difficulty, in the number shown to the miner (spec/10 §9.3 item 2). */
  readonly minDifficulty: number;
  /** Hardest difficulty in the same number; null for none but the share's. */
  readonly maxDifficulty: number | null;
  /** Where a miner begins that nothing is known of, in the same number; null for a guess. */
  readonly startDifficulty: number | null;
  /** Factor between a difficulty and the number miners are shown: 65536 for scrypt (spec/11 §6). */
  readonly dumbScryptDifficulty: number;
  /** What becomes of a user name that is no payable address, and of work before authorize (spec/10 §6.3, spec/11 §7). */
  readonly invalidPayee: "operator" | "reject";
}

/** A policy with defaults for what was not decided. */
export function policyOf(given: Partial<MinerPolicy>): MinerPolicy {
  return {
    shareSeconds: given.shareSeconds ?? 3,
    minDifficulty: given.minDifficulty ?? 1,
    maxDifficulty: given.maxDifficulty ?? null,
    startDifficulty: given.startDifficulty ?? null,
    dumbScryptDifficulty: given.dumbScryptDifficulty ?? 1,
    invalidPayee: given.invalidPayee ?? "operator",
  };
}

/** Part of the minimum difficulty that a miner may go down to which asked for a small one (spec/10 §9.3 item 2). */
export const SMALL_MINER_PART = 0.001;

/** Text a miner tells about itself, fit to be stored: no control characters, bounded (spec/11 §7 row 32). */
export function label(text: string, maximum: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "").slice(0, maximum);
}
