import type { Template } from "../bitcoin/template.js";
import { bitsToTarget } from "../core/compact.js";
import type { ShareNode } from "../sharechain/share-node.js";
import { poolRateExact, shareTargetRange } from "../sharechain/targets.js";
import type { Tracker } from "../sharechain/tracker.js";
import type { RateMonitor } from "./rates.js";
import { desiredShareTarget, quantizeTarget } from "./share-target.js";

/** What a pool's rate is measured over, seconds (spec/10 §8.4). */
const HOUR = 3600;

interface WantedTargetsOptions {
  readonly tracker: Tracker;
  /** Hash rates of addresses at this node. */
  readonly rates: RateMonitor;
  readonly donationPercent: number;
  readonly targetSteps?: number | undefined;
  /** Seconds since 1970. */
  now(): number;
}

/** What a share is to be made on. */
interface Ground {
  readonly best: ShareNode | null;
  /** The daemon's own, also while work is ahead of it. */
  readonly template: Template;
  readonly punish: boolean;
}

/** The share targets that miners want (spec/10 §8.4), of which there are only so many (spec/10 §10). */
export class WantedTargets {
  private readonly options: WantedTargetsOptions;
  private ranged: {
    readonly best: ShareNode | null;
    readonly timestamp: number;
    readonly range: { readonly easiest: bigint; readonly hardest: bigint };
  } | null = null;

  constructor(options: WantedTargetsOptions) {
    this.options = options;
  }

  /** `difficulty`: of the user name; null for none. */
  of({ address, difficulty }: { address: string; difficulty: number | null }, ground: Ground): bigint {
    const { tracker, donationPercent, now, rates, targetSteps } = this.options;
    const { best, punish, template } = ground;
    const { network } = tracker.rules;
    const lookbehind = Math.floor(HOUR / network.sharePeriod);
    const isOld = best !== null && best.height > lookbehind && lookbehind >= 2;
    const target = desiredShareTarget({
      wantedDifficulty: difficulty,
      addressRate: rates.rate(address, now()),
      punish,
      poolRate: isOld ? poolRateExact(best, lookbehind) : null,
      sharePeriod: network.sharePeriod,
      spread: network.spread,
      dustThreshold: network.coin.dustThreshold,
      blockTarget: bitsToTarget(template.bits),
      subsidy: template.subsidy,
      donationPercent,
    });
    const { easiest, hardest } = this.range(best, Math.round(now()));
    return quantizeTarget(target, easiest, hardest, targetSteps);
  }

  /** The same for all jobs of a second on one tip. */
  private range(best: ShareNode | null, timestamp: number): { readonly easiest: bigint; readonly hardest: bigint } {
    const { ranged } = this;
    if (ranged !== null && ranged.best === best && ranged.timestamp === timestamp) return ranged.range;
    const { tracker } = this.options;
    const range = shareTargetRange(best, { format: tracker.formatToMint(best), timestamp }, tracker.rules);
    this.ranged = { best, timestamp, range };
    return range;
  }
}
