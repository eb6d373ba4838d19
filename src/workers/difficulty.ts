import { difficultyToTarget, targetToDifficulty } from "../core/compact.js";

/** A difficulty as it goes out, and the target that follows from exactly that number (spec/10 §9.3 item 8). */
export interface AssignedDifficulty {
  /** JSON text of the number in `mining.set_difficulty`. */
  readonly text: string;
  /** Un-multiplied, for everything else in the product (spec/11 §6). */
  readonly difficulty: number;
  readonly target: bigint;
}

/** Firmware that reads integers would see 0 here, so 1 is sent though it loses two shares in 100 000 (spec/11 §6). */
const ALMOST_ONE = 0.9999;
const SIGNIFICANT_DIGITS = 6;

export interface TargetLimits {
  /** Least difficulty, in the miner's units, as `multiplier` makes them. */
  readonly minimum: number;
  /** Greatest, in the same units; null for none. */
  readonly maximum: number | null;
  readonly multiplier: number;
  /** No target may be harder. */
  readonly hardestTarget: bigint;
}

/** In the order of spec/10 §9.3 item 2, later ones win: at least the minimum, never harder than a share. */
export function limitTarget(target: bigint, { hardestTarget, maximum, minimum, multiplier }: TargetLimits): bigint {
  const easiest = difficultyToTarget(minimum / multiplier);
  const hardest = maximum === null ? 0n : difficultyToTarget(maximum / multiplier);
  const limited = target > easiest ? easiest : target < hardest ? hardest : target;
  return limited < hardestTarget ? hardestTarget : limited;
}

/** The difficulty that goes out for a target; its own target is never harder. */
export function assignedDifficulty(target: bigint, multiplier: number): AssignedDifficulty {
  const text = formatDifficulty(targetToDifficulty(target) * multiplier);
  const difficulty = Number(text) / multiplier;
  return { text, difficulty, target: difficultyToTarget(difficulty) };
}

/**
 * A positive number in plain decimals, never with an exponent: integers from 1 on, six significant digits below. Rounded
 * down, so that the target never becomes harder than the one it was made from.
 */
export function formatDifficulty(value: number): string {
  if (value >= ALMOST_ONE) return BigInt(Math.max(1, Math.floor(value))).toString();
  const digits = SIGNIFICANT_DIGITS - 1 - Math.floor(Math.log10(value));
  const text = (scaled: number): string => (scaled / 10 ** digits).toFixed(digits);
  // The product is a little off at times; the text decides.
  let scaled = Math.round(value * 10 ** digits);
  if (Number(text(scaled)) > value) scaled--;
  return text(scaled).replace(/0+$/, "");
}
