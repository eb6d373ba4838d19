import { attemptsToTarget, clip, difficultyToTarget, MAX_256, targetToAttempts } from "../core/compact.js";

/** What the choice of a share's target depends on (spec/10 §8.4). Rates are hashes per second; null is unknown. */
export interface ShareTargetInputs {
  /** `/difficulty` of the user name. */
  readonly wantedDifficulty: number | null;
  /** Of the address that the share pays, at this node. */
  readonly addressRate: number | null;
  /** The best head has to be punished: make the next share soon (versions before 34 only). */
  readonly punish: boolean;
  /** Of the whole pool; null while the chain is younger than an hour. */
  readonly poolRate: number | null;
  readonly sharePeriod: number;
  readonly spread: number;
  readonly dustThreshold: bigint;
  readonly blockTarget: bigint;
  /** Value of a block, satoshi. */
  readonly subsidy: bigint;
  /** Percent. */
  readonly donationPercent: number;
}

/** Part of all shares that one miner should make at most; a bigger one makes harder shares instead of more. */
const LARGEST_PART = 0.0167;

/**
 * The target that a share's miner should want: as easy as allowed, but hard enough that no miner makes more than its part of
 * the shares, and that a tiny one's share is worth an output. The chain clips it afterwards.
 */
export function desiredShareTarget(inputs: ShareTargetInputs): bigint {
  if (inputs.wantedDifficulty !== null) return difficultyToTarget(inputs.wantedDifficulty);
  let target = MAX_256;
  const { addressRate, sharePeriod } = inputs;
  if (inputs.punish) target = difficultyToTarget(1);
  else if (addressRate !== null && addressRate > 0)
    target = easiestOf(target, (addressRate * sharePeriod) / LARGEST_PART);
  if (isDust(inputs)) target = min(target, dustTarget(inputs));
  return target;
}

/** Hardest share whose payout still is no dust: one is worth the threshold. */
function dustTarget({ blockTarget, spread, dustThreshold, subsidy }: ShareTargetInputs): bigint {
  const attempts = (targetToAttempts(blockTarget) * BigInt(spread) * dustThreshold) / (subsidy || 1n);
  return attemptsToTarget(attempts || 1n);
}

function isDust(inputs: ShareTargetInputs): boolean {
  if (inputs.poolRate === null || inputs.poolRate <= 0) return false;
  const part = (inputs.addressRate ?? 0) / inputs.poolRate;
  const expected = part * Number(inputs.subsidy) * (1 - inputs.donationPercent / 100);
  return expected < Number(inputs.dustThreshold);
}

function easiestOf(target: bigint, attempts: number): bigint {
  return min(target, attemptsToTarget(Math.max(1, attempts)));
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** Steps between the easiest and the hardest share target that are told apart (spec/10 §10). */
const TARGET_STEPS = 32;

/**
 * The next easier of a few targets between the hardest and the easiest share, so that user names with every difficulty there
 * is do not make as many jobs. The two ends are exact. `steps`: how many; Infinity for all there are.
 */
export function quantizeTarget(target: bigint, easiest: bigint, hardest: bigint, steps = TARGET_STEPS): bigint {
  const clipped = clip(target, hardest, easiest);
  if (clipped === easiest || clipped === hardest || steps === Number.POSITIVE_INFINITY) return clipped;
  const ratio = Number(easiest) / Number(clipped);
  const whole = Number(easiest) / Number(hardest);
  const step = Math.floor((Math.log(ratio) / Math.log(whole)) * steps);
  if (step <= 0) return easiest;
  return attemptsToTarget(Number(targetToAttempts(easiest)) * whole ** (step / steps));
}
