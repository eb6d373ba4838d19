import { bitsToTarget, type CompactBits, clip, MAX_256, targetToBits } from "../core/compact.js";
import type { ShareFormat } from "./formats/index.js";
import type { ShareRules } from "./rules.js";
import type { ShareNode } from "./share-node.js";

/** A share may be up to this many times harder than the easiest one. */
const MAX_HARDER = 30n;

/**
 * Work per second over the `shares` - 1 newest shares from `near` down (spec/04 §2), rounded down.
 * `minWork`: the work that the easiest allowed targets stand for, instead of the claimed ones.
 */
export function poolRate(near: ShareNode, shares: number, kind: "minWork" | "work" = "work"): bigint {
  const { sum, seconds } = rateParts(near, shares, kind);
  return sum / BigInt(seconds);
}

/** The same as a number with its fraction, for display. */
export function poolRateExact(near: ShareNode, shares: number, kind: "minWork" | "work" = "work"): number {
  const { sum, seconds } = rateParts(near, shares, kind);
  return Number(sum) / seconds;
}

function rateParts(near: ShareNode, shares: number, kind: "minWork" | "work"): { sum: bigint; seconds: number } {
  if (shares < 2) throw new RangeError("a rate needs two shares");
  const far = near.ancestor(shares - 1);
  if (far === null) throw new RangeError("a rate needs that many shares");
  const seconds = near.item.share.info.timestamp - far.item.share.info.timestamp;
  return { sum: kind === "work" ? near.workSince(far) : near.minWorkSince(far), seconds: seconds <= 0 ? 1 : seconds };
}

/** What the limits of a share's target depend on besides the chain under it. */
export interface TargetWish {
  readonly format: ShareFormat;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

export interface ShareTargets {
  /** Easiest target of a share here, not cut to what bits can say. */
  readonly easiest: bigint;
  readonly maxBits: CompactBits;
}

/**
 * The easiest target on top of `parent` (spec/04 §4.2): follows the pool's rate by at most a tenth a share, or after a long
 * silence of what the silence makes of the parent's.
 */
export function easiestTarget(parent: ShareNode | null, wish: TargetWish, rules: ShareRules): ShareTargets {
  const { network } = rules;
  let easiest = network.maxTarget;
  if (parent !== null && parent.height >= network.targetLookbehind) {
    const rate = poolRate(parent, network.targetLookbehind, "minWork");
    const wanted = rate > 0n ? (1n << 256n) / (BigInt(network.sharePeriod) * rate) - 1n : MAX_256;
    const above = parent.item.share.info;
    let previous = bitsToTarget(above.maxBits);
    if (wish.format.easesAfterSilence) previous = eased(previous, wish.timestamp - above.timestamp, rules);
    const limited = clip(wanted, (previous * 9n) / 10n, (previous * 11n) / 10n);
    easiest = clip(limited, network.minTarget, network.maxTarget);
  }
  return { easiest, maxBits: targetToBits(easiest) };
}

/** Share periods without a share after which targets ease, and after which they have doubled (spec/20 §7). */
const SILENCE = 20;
const DOUBLING = 10;
/** More doublings than that make any target the easiest that there is. */
const MAX_DOUBLINGS = 256;

/** Whether so many seconds without a share make the next one easier. */
export function isSilence(seconds: number, { network }: ShareRules): boolean {
  return seconds > SILENCE * network.sharePeriod;
}

/** Doubles with every ten share periods past the twentieth, in straight lines between; at most the network's limit. */
function eased(target: bigint, silence: number, rules: ShareRules): bigint {
  if (!isSilence(silence, rules)) return target;
  const { network } = rules;
  const past = silence - SILENCE * network.sharePeriod;
  const doubling = DOUBLING * network.sharePeriod;
  const doublings = Math.floor(past / doubling);
  if (doublings > MAX_DOUBLINGS) return network.maxTarget;
  const doubled = target << BigInt(doublings);
  const between = (doubled * BigInt(doubling + (past % doubling))) / BigInt(doubling);
  return between < network.maxTarget ? between : network.maxTarget;
}

/** Easiest and hardest target of a share on top of `parent`. */
export function shareTargetRange(
  parent: ShareNode | null,
  wish: TargetWish,
  rules: ShareRules,
): { easiest: bigint; hardest: bigint } {
  const { easiest } = easiestTarget(parent, wish, rules);
  return { easiest, hardest: easiest / MAX_HARDER };
}

/** Bits of a share whose miner wants `desired`: within 1 and 30 times the difficulty of the easiest. */
export function shareBits(desired: bigint, easiest: bigint): CompactBits {
  return targetToBits(clip(desired, easiest / MAX_HARDER, easiest));
}

/** Time of a share whose miner wants `desired` (spec/04 §4.1). */
export function shareTimestamp(
  desired: number,
  parentTimestamp: number | null,
  format: ShareFormat,
  sharePeriod: number,
): number {
  if (parentTimestamp === null) return desired;
  const earliest = parentTimestamp + 1;
  if (desired < earliest) return earliest;
  if (!format.boundsTimestampAbove) return desired;
  return Math.min(desired, parentTimestamp + 2 * sharePeriod - 1);
}
