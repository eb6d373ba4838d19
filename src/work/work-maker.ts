import { canonicalAddress } from "../bitcoin/address.js";
import type { Coin } from "../bitcoin/coin.js";
import type { Template } from "../bitcoin/template.js";
import { explainUnpayable } from "../bitcoin/unpayable.js";
import { bitsToTarget, targetToBits } from "../core/compact.js";
import type { Random } from "../core/random.js";
import type { ShareNode } from "../sharechain/share-node.js";
import { poolRateExact, shareTargetRange } from "../sharechain/targets.js";
import type { Tracker } from "../sharechain/tracker.js";
import { versionToMint } from "../sharechain/versions.js";
import type { Job, JobId, JobRequest, Outcome, Solution, WorkEvent, WorkRefusal, WorkSource } from "./job.js";
import { type OwnShareCounts, OwnShares } from "./own-shares.js";
import { RateMonitor } from "./rates.js";
import { desiredShareTarget, quantizeTarget } from "./share-target.js";
import { judgeSolution, type SolutionEffects } from "./solution.js";
import { makeWorkJob, type WorkJob } from "./work-job.js";

export interface WorkMakerOptions {
  readonly tracker: Tracker;
  /** Paid where a miner's name is no address. Checked by the caller. */
  readonly address: string;
  /** Seconds since 1970. */
  readonly now: () => number;
  readonly random: Random;
  /** Donation to the authors of P2Pool, percent. */
  readonly donationPercent: number;
  readonly coinbaseTexts: readonly Uint8Array[];
  /** Whether work is handed out without peers and without a share chain on networks that would wait (spec/10 §7). */
  readonly solo: boolean;
  readonly peerCount: () => number;
  /** Coins whose addresses can be told apart in messages. */
  readonly knownCoins: readonly Coin[];
  readonly effects: SolutionEffects;
}

/** Bounds of what miners can make this module keep; the oldest goes first. */
const LIMITS = {
  /** Jobs that solutions are accepted for. */
  jobs: 1000,
  /** Jobs of one work event, one per payout address and share target. */
  jobsPerEvent: 200,
  /** Verdicts on payee texts. */
  payees: 10_000,
} as const;
/** How long solutions of superseded jobs are taken, seconds: on the current block and on older ones (spec/10 §11.8). */
const JOB_LIFETIME = { currentBlock: 300, olderBlock: 60 };
/** A template older than this is worthless: the daemon is gone (spec/10 §7). */
const TEMPLATE_MAX_AGE = 60;
/** Window of the hash rates that share targets follow, seconds (spec/10 §12.1). */
const RATE_WINDOW = 600;

type PayeeVerdict = { readonly ok: true; readonly address: string } | { readonly ok: false; readonly reason: string };

/**
 * Makes jobs from the coin's template and the tip of the share chain, and judges what comes back. One job per payout
 * address and share target serves any number of miners until the next work event (spec/10 §10).
 */
export class WorkMaker implements WorkSource {
  private readonly options: WorkMakerOptions;
  private readonly listeners = new Set<(event: WorkEvent) => void>();
  private readonly jobs = new Map<JobId, WorkJob>();
  /** Jobs of the current event by payout address and share target. */
  private readonly current = new Map<string, WorkJob>();
  private readonly payees = new Map<string, PayeeVerdict>();
  private readonly addressRates: RateMonitor;
  private readonly ownShares = new OwnShares();
  private template: Template | null = null;
  private best: ShareNode | null = null;
  private tipEvent = 0;
  private blockEvent = 0;
  private lastReason: WorkEvent["reason"] = "block";
  private nextJobId = 1;

  constructor(options: WorkMakerOptions) {
    this.options = options;
    this.addressRates = new RateMonitor(RATE_WINDOW, options.now());
  }

  get currentTemplate(): Template | null {
    return this.template;
  }

  subscribe(listener: (event: WorkEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** A newer template. Fires unless only transactions and time are newer (spec/10 §5). */
  setTemplate(template: Template): void {
    const before = this.template;
    this.template = template;
    if (before?.previousBlock !== template.previousBlock || before.bits !== template.bits) {
      this.blockEvent++;
      this.tipEvent++;
      this.fire("block");
    } else if (
      before.version !== template.version ||
      (before.transactions.length === 0 && template.transactions.length > 0)
    ) {
      this.fire("refresh");
    }
  }

  /** The tip that new shares build on. */
  setBest(best: ShareNode | null): void {
    if (best === this.best) return;
    if (best?.item.share.version !== this.best?.item.share.version) this.payees.clear();
    this.best = best;
    this.ownShares.moveTo(best);
    this.tipEvent++;
    this.fire("tip");
  }

  /** What became of the shares made here. */
  get ownShareCounts(): OwnShareCounts {
    return this.ownShares.counts();
  }

  /** Whether a share was made here and came late; null for one that was not made here. */
  isLateOwnShare(id: string): boolean | null {
    return this.ownShares.isLate(id);
  }

  /** Shares made here, the last first. */
  newestOwnShares(limit: number): string[] {
    return this.ownShares.newest(limit);
  }

  private fire(reason: WorkEvent["reason"]): void {
    this.current.clear();
    this.lastReason = reason;
    this.expireJobs();
    for (const listener of this.listeners) listener({ reason });
  }

  private expireJobs(): void {
    const now = this.options.now();
    for (const [id, work] of this.jobs) {
      const lifetime = work.blockEvent === this.blockEvent ? JOB_LIFETIME.currentBlock : JOB_LIFETIME.olderBlock;
      if (work.madeAt + lifetime < now) this.jobs.delete(id);
    }
  }

  /** Why no work is handed out now; null if it is. The order is that of spec/10 §7. */
  refusal(): string | null {
    const { tracker, solo, peerCount, now } = this.options;
    const mustWait = tracker.rules.network.persist && !solo;
    if (mustWait && peerCount() === 0) return "p2pool is not connected to any peers";
    if (this.template === null || now() > this.template.receivedAt + TEMPLATE_MAX_AGE) {
      return "lost contact with the coin daemon";
    }
    if (mustWait && this.best === null) return "p2pool is downloading shares";
    const { understoodRules } = tracker.rules.network.coin.daemon;
    const unknown = this.template.rules.find(
      (rule) => rule.startsWith("!") && !understoodRules.includes(rule.slice(1)),
    );
    return unknown === undefined ? null : `unknown rule activated: ${unknown.slice(1)}`;
  }

  job(request: JobRequest): Job | WorkRefusal {
    const refused = this.refusal();
    if (refused !== null) return { refused };
    const verdict = request.payee === null ? null : this.checkPayee(request.payee);
    const address = verdict?.ok === true ? verdict.address : this.options.address;
    return this.jobFor(address, this.desiredTarget(address, request.shareDifficulty)).job;
  }

  private desiredTarget(address: string, wantedDifficulty: number | null): bigint {
    const { tracker, donationPercent, now } = this.options;
    const { network } = tracker.rules;
    const lookbehind = Math.floor(3600 / network.sharePeriod);
    const isOld = this.best !== null && this.best.height > lookbehind && lookbehind >= 2;
    const target = desiredShareTarget({
      wantedDifficulty,
      addressRate: this.addressRates.rate(address, now()),
      poolRate: isOld ? poolRateExact(this.best!, lookbehind) : null,
      sharePeriod: network.sharePeriod,
      spread: network.spread,
      dustThreshold: network.coin.dustThreshold,
      blockTarget: bitsToTarget(this.template!.bits),
      subsidy: this.template!.subsidy,
      donationPercent,
    });
    const { easiest, hardest } = shareTargetRange(this.best, tracker.rules);
    return quantizeTarget(target, easiest, hardest);
  }

  private jobFor(address: string, desiredTarget: bigint): WorkJob {
    const key = `${targetToBits(desiredTarget)} ${address}`;
    const known = this.current.get(key);
    if (known !== undefined) return known;
    const { tracker, donationPercent, coinbaseTexts, now, random } = this.options;
    const work = makeWorkJob({
      id: (this.nextJobId++).toString(16) as JobId,
      tracker,
      parent: this.best,
      template: this.template!,
      address,
      desiredTarget,
      // Rounded up as often as its fraction says, so that the mean is exact (spec/10 §1).
      staleInfo: this.ownShares.announcement(),
      donation: Math.min(65535, Math.trunc((65535 * donationPercent) / 100 + random.uniform())),
      coinbaseTexts,
      clean: this.lastReason !== "refresh",
      tipEvent: this.tipEvent,
      blockEvent: this.blockEvent,
      now: now(),
      random,
    });
    dropOldest(this.current, LIMITS.jobsPerEvent);
    this.current.set(key, work);
    dropOldest(this.jobs, LIMITS.jobs);
    this.jobs.set(work.job.id, work);
    this.options.effects.jobMade(address, work.shareTarget);
    return work;
  }

  submit(solution: Solution): Outcome {
    const work = this.jobs.get(solution.job);
    let difficulty: number | null = null;
    const reached = (value: number): void => {
      difficulty = value;
    };
    const outcome: Outcome =
      work === undefined
        ? { kind: "rejected", code: 21, reason: "Job not found" }
        : this.judge(solution, work, reached);
    const job = work === undefined ? null : { address: work.job.forAddress, shareTarget: work.shareTarget };
    const { worker, pseudoTarget } = solution;
    this.options.effects.judged({ outcome, worker, job, pseudoTarget, difficulty });
    return outcome;
  }

  private judge(solution: Solution, work: WorkJob, reached: (difficulty: number) => void): Outcome {
    const { tracker, now, effects } = this.options;
    const at = now();
    return judgeSolution(solution, work, {
      rules: tracker.rules,
      now: at,
      stale: work.tipEvent !== this.tipEvent,
      effects,
      shareMade: (id, isLate) => this.ownShares.add(id, isLate),
      credit: (proven) => this.addressRates.add(at, work.job.forAddress, proven),
      reached,
    });
  }

  checkPayee(payee: string): PayeeVerdict {
    const known = this.payees.get(payee);
    if (known !== undefined) return known;
    const { tracker, knownCoins } = this.options;
    const { coin } = tracker.rules.network;
    const unpayable = explainUnpayable(payee, coin, versionToMint(this.best, tracker.rules), knownCoins);
    const verdict: PayeeVerdict =
      unpayable === null
        ? { ok: true, address: canonicalAddress(payee, coin) }
        : { ok: false, reason: unpayable.reason };
    dropOldest(this.payees, LIMITS.payees);
    this.payees.set(payee, verdict);
    return verdict;
  }
}

/** Makes room for one more; maps keep their entries in the order in which they came. */
function dropOldest<K, V>(map: Map<K, V>, limit: number): void {
  if (map.size < limit) return;
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
}
