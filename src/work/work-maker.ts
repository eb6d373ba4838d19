import { auxpowTree } from "../bitcoin/auxpow.js";
import type { BlockHeader } from "../bitcoin/block.js";
import type { Coin } from "../bitcoin/coin.js";
import type { Template } from "../bitcoin/template.js";
import { BoundedMap } from "../core/bounded.js";
import { bytesToHex } from "../core/bytes.js";
import { hashToDifficulty, targetToBits } from "../core/compact.js";
import { powHash } from "../core/hash/index.js";
import type { Random } from "../core/random.js";
import { Slab } from "../core/slab.js";
import type { MergedAddress, ShareId } from "../sharechain/contents.js";
import type { ShareNode } from "../sharechain/share-node.js";
import type { Tracker } from "../sharechain/tracker.js";
import { BlockContentsCache } from "./block-contents.js";
import { CurrentWork } from "./current-work.js";
import type { Job, JobId, JobRequest, Outcome, Solution, WorkEvent, WorkRefusal, WorkSource } from "./job.js";
import { JobStore, type StoredJob } from "./job-store.js";
import type { MergedBlock } from "./merged-work.js";
import { findFault } from "./mined-header.js";
import { type OwnShareCounts, OwnShares } from "./own-shares.js";
import { Payees, type PayeeVerdict } from "./payees.js";
import { NodeRate, RateMonitor } from "./rates.js";
import { Readiness } from "./readiness.js";
import { headerOf, type JudgedSolution, judgeSolution, reject, type SolutionEffects } from "./solution.js";
import { StartTarget } from "./start-target.js";
import { TargetTable } from "./target-facts.js";
import { WantedTargets } from "./wanted-target.js";
import { type JobIngredients, makeWorkJob, type WorkJob } from "./work-job.js";

export interface WorkMakerOptions {
  readonly tracker: Tracker;
  /** Paid where a miner's name is no address: asked for each job. Checked by the caller. */
  readonly drawAddress: () => string;
  /** Where it is paid on merged chains; by default where the same key or script can be. */
  readonly ownMergedAddresses?: readonly MergedAddress[];
  /** Seconds since 1970. */
  readonly now: () => number;
  readonly random: Random;
  /** Part of the jobs that pay the node's address instead of the miner's, percent (spec/10 §6.2). */
  readonly feePercent: number;
  /** Donation to the authors of P2Pool, percent. */
  readonly donationPercent: number;
  readonly coinbaseTexts: readonly Uint8Array[];
  /** Whether work is handed out without peers and without a share chain on networks that would wait (spec/10 §7). */
  readonly solo: boolean;
  readonly peerCount: () => number;
  /** What is wrong with the coin daemon; null if nothing is known of that. */
  readonly daemonProblem?: () => string | null;
  /** Coins whose addresses can be told apart in messages. */
  readonly knownCoins: readonly Coin[];
  readonly effects: SolutionEffects;
  /** Proof-of-work hash of a header, 32 bytes, at once or later; the coin's, made at once, by default. */
  readonly powHash?: (header: Uint8Array) => Uint8Array | Promise<Uint8Array>;
  /** Share targets that user names can choose from; Infinity for all there are. A few by default. */
  readonly targetSteps?: number;
  /** Makes a job, and takes the time. */
  readonly timed?: <T>(make: () => T) => T;
  /** Bytes that jobs may take whose solutions are still accepted; a quarter of a gigabyte by default. */
  readonly jobBytes?: number;
}

/** Bounds of what miners can make this module keep besides the jobs themselves; the oldest goes first. */
const LIMITS = {
  /** Jobs of one work event, one per payout address and share target. */
  jobsPerEvent: 20_000,
  /** Requests that are answered without a look at the targets. */
  requestsPerEvent: 20_000,
  /** Jobs made in a second for wishes of user names; further ones get the target of everybody else. */
  wishesPerSecond: 50,
} as const;
/** How long solutions of superseded jobs are taken, seconds: on the current block and on older ones (spec/10 §11.8). */
const JOB_LIFETIME = { currentBlock: 300, olderBlock: 60 };
/** Window of the hash rates that share targets follow, seconds (spec/10 §12.1). */
const RATE_WINDOW = 600;
/** A merged chain whose block only picked up transactions makes new work this often, seconds (spec/10 §5). */
const MERGED_REFRESH = 15;
/** 65535 is never minted: it would pay the finder nothing. */
const MAX_DONATION = 65_534;

/**
 * Makes jobs from the coin's template and the tip of the share chain, and judges what comes back. One job per payout
 * address and share target serves any number of miners until the next work event (spec/10 §10).
 */
export class WorkMaker implements WorkSource {
  private readonly options: WorkMakerOptions;
  private readonly listeners = new Set<(event: WorkEvent) => void>();
  private readonly jobs: JobStore<WorkJob>;
  /** Jobs of the current event by payout address and share target. */
  private readonly current = new BoundedMap<string, StoredJob<WorkJob>>(LIMITS.jobsPerEvent);
  /** The same by what was asked for: thousands of connections ask within a moment, and many wishes come to one share target. */
  private readonly answered = new BoundedMap<string, StoredJob<WorkJob>>(LIMITS.requestsPerEvent);
  private readonly payees: Payees;
  private readonly addressRates: RateMonitor;
  private readonly nodeRate = new NodeRate();
  private readonly targets = new TargetTable();
  private readonly ownShares = new OwnShares();
  private readonly startTarget: StartTarget;
  private readonly contents = new BlockContentsCache();
  private readonly slab = new Slab((size) => new Uint8Array(size));
  private readonly work: CurrentWork;
  private readonly wantedTargets: WantedTargets;
  private readonly readiness: Readiness;
  private merged: { readonly blocks: readonly MergedBlock[]; readonly tips: string; readonly firedAt: number };
  private best: ShareNode | null = null;
  private punish = false;
  private tipEvent = 0;
  private blockEvent = 0;
  private lastReason: WorkEvent["reason"] = "block";
  private nextJobId = 1;
  private wishes = { second: 0, count: 0 };
  private readonly powHash: (header: Uint8Array) => Uint8Array | Promise<Uint8Array>;
  private readonly hashing = new Set<Promise<Outcome>>();

  constructor(options: WorkMakerOptions) {
    this.options = options;
    this.jobs = new JobStore(options.jobBytes);
    const { network } = options.tracker.rules;
    const { coin, mergedChains } = network;
    this.powHash = options.powHash ?? ((header) => powHash(coin.pow, header));
    this.addressRates = new RateMonitor(RATE_WINDOW, options.now());
    this.work = new CurrentWork(coin);
    this.startTarget = new StartTarget(network);
    this.wantedTargets = new WantedTargets({ ...options, rates: this.addressRates });
    this.readiness = new Readiness(options);
    this.payees = new Payees({ coin, knownCoins: options.knownCoins, mergedChains });
    this.merged = { blocks: [], tips: "", firedAt: Number.NEGATIVE_INFINITY };
  }

  /** The daemon's own, also while work is ahead of it. */
  get currentTemplate(): Template | null {
    return this.work.daemon;
  }

  subscribe(listener: (event: WorkEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** A newer template. Fires unless only transactions and time are newer (spec/10 §5). */
  setTemplate(template: Template): void {
    this.workChanged(this.work.setTemplate(template, this.options.now()));
  }

  /** A block that the daemon may not have followed yet: work goes on on top of it (spec/10 §4). */
  setBestHeader(header: BlockHeader): void {
    this.workChanged(this.work.setHeader(header, this.options.now()));
  }

  /** The blocks of merged chains that new jobs are to commit to. @throws AuxpowError if two chains have one identity */
  setMergedBlocks(blocks: readonly MergedBlock[]): void {
    const tips = blocks.map(({ chainId, previousBlock, hash }) => `${chainId} ${previousBlock ?? hash}`).join();
    // Two chains of one identity are told now, not when the next job is made.
    auxpowTree(blocks.map(({ chainId }) => chainId));
    if (sameBlocks(blocks, this.merged.blocks)) return;
    const now = this.options.now();
    const isDue = tips !== this.merged.tips || now >= this.merged.firedAt + MERGED_REFRESH;
    this.merged = { blocks, tips, firedAt: isDue ? now : this.merged.firedAt };
    if (isDue) this.fire("refresh");
  }

  /** Merged chains whose blocks pay every miner: those of the network, once the shares that are minted say how. */
  sharedChains(): readonly number[] {
    const { tracker } = this.options;
    if (!tracker.formatToMint(this.best).commitsToMergedPayouts) return [];
    return tracker.rules.network.mergedChains.map(({ chainId }) => chainId);
  }

  private workChanged(reason: WorkEvent["reason"] | null): void {
    if (reason === null) return;
    if (reason === "block") {
      this.blockEvent++;
      this.tipEvent++;
    }
    this.fire(reason);
  }

  /** The tip that new shares build on, and whether it has to be punished. */
  setBest(best: ShareNode | null, punish = false): void {
    const mustPunish = punish && !this.punish;
    this.punish = punish;
    if (best === this.best && !mustPunish) return;
    this.best = best;
    this.ownShares.moveTo(best);
    this.tipEvent++;
    this.fire("tip");
  }

  /** What became of the shares made here. */
  get ownShareCounts(): OwnShareCounts {
    return this.ownShares.counts();
  }

  /** A share that this node made in an earlier run. */
  rememberOwnShare(id: ShareId): void {
    this.ownShares.remember(id);
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
    this.answered.clear();
    this.jobs.nextEvent();
    this.lastReason = reason;
    this.expireJobs();
    for (const listener of this.listeners) listener({ reason });
  }

  private expireJobs(): void {
    const now = this.options.now();
    this.jobs.expire((work) => {
      const lifetime = work.blockEvent === this.blockEvent ? JOB_LIFETIME.currentBlock : JOB_LIFETIME.olderBlock;
      return work.madeAt + lifetime < now;
    });
  }

  /** Why no work is handed out now; null if it is. */
  refusal(): string | null {
    return this.readiness.refusal(this.work.template, this.best);
  }

  job(request: JobRequest): Job | WorkRefusal {
    return this.jobFor(request, this.options.feePercent);
  }

  /** For who draws the fee himself: by `job({ payee: null })` as often as it is due. */
  jobWithoutFee(request: JobRequest): Job | WorkRefusal {
    return this.jobFor(request, 0);
  }

  /** Changes with the tip of the share chain and with the coin's block: what was made for another one is late. */
  get currentTip(): number {
    return this.tipEvent;
  }

  private jobFor(request: JobRequest, feePercent: number): Job | WorkRefusal {
    const refused = this.refusal();
    if (refused !== null) return { refused };
    const { payee, shareDifficulty: wish } = request;
    if (payee === null || this.isFeeDue(feePercent)) {
      return this.makeJob(this.ownPayee(), this.allowed(wish)).kept.job;
    }
    const asked = wish === null ? payee : `${payee} ${wish}`;
    const known = this.answered.get(asked);
    if (known?.isKept) return known.kept.job;
    const verdict = this.checkPayee(payee);
    // Not remembered: the node's own address is drawn anew for each.
    if (!verdict.ok) return this.makeJob(this.ownPayee(), this.allowed(wish)).kept.job;
    const work = this.makeJob(verdict, this.allowed(wish));
    this.answered.set(asked, work);
    return work.kept.job;
  }

  /** The fee is taken in whole jobs, so often that its mean is exact (spec/10 §6.2). */
  private isFeeDue(feePercent: number): boolean {
    return feePercent > 0 && 100 * this.options.random.uniform() < feePercent;
  }

  private ownPayee(): JobPayee {
    const { drawAddress, ownMergedAddresses } = this.options;
    return { address: drawAddress(), mergedAddresses: ownMergedAddresses ?? [] };
  }

  private allowed(wish: number | null): number | null {
    return wish === null || this.mayWish() ? wish : null;
  }

  private mayWish(): boolean {
    const second = Math.floor(this.options.now());
    if (second !== this.wishes.second) this.wishes = { second, count: 0 };
    return ++this.wishes.count <= LIMITS.wishesPerSecond;
  }

  private makeJob(payee: JobPayee, wish: number | null): StoredJob<WorkJob> {
    const { tracker, donationPercent, coinbaseTexts, now, random } = this.options;
    const desiredTarget = this.wantedTargets.of(
      { address: payee.address, difficulty: wish },
      { best: this.best, template: this.work.daemon!, punish: this.punish },
    );
    const key = `${targetToBits(desiredTarget)} ${keyOf(payee)}`;
    const known = this.current.get(key);
    if (known?.isKept) return known;
    const ingredients: JobIngredients = {
      id: (this.nextJobId++).toString(16) as JobId,
      tracker,
      parent: this.best,
      template: this.work.template!,
      contents: this.contents,
      address: payee.address,
      mergedAddresses: payee.mergedAddresses,
      desiredTarget,
      staleInfo: this.ownShares.announcement(),
      // Rounded up as often as its fraction says, so that the mean is exact (spec/10 §1).
      donation: Math.min(MAX_DONATION, Math.trunc((65535 * donationPercent) / 100 + random.uniform())),
      coinbaseTexts,
      mergedBlocks: this.merged.blocks,
      startTarget: this.startTarget.of({
        nodeRate: this.nodeRate.rate(),
        blockTarget: tracker.rules.targetOf(this.work.template!.bits).target,
        subsidy: this.work.daemon!.subsidy,
      }),
      clean: this.lastReason !== "refresh",
      tipEvent: this.tipEvent,
      blockEvent: this.blockEvent,
      now: now(),
      random,
      room: this.slab.room,
    };
    const { timed } = this.options;
    const work = timed === undefined ? makeWorkJob(ingredients) : timed(() => makeWorkJob(ingredients));
    const stored = this.jobs.add(work.job.id, work, work.unsolved.gentx.length);
    this.current.set(key, stored);
    this.options.effects.jobMade?.(payee.address, work.shareTarget);
    return stored;
  }

  submit(solution: Solution): Outcome | Promise<Outcome> {
    const now = this.options.now();
    const work = this.jobs.get(solution.job);
    if (work === undefined) return this.judged(solution, null, reject(21, "Job not found"), null, now);
    const fault = findFault(solution, work.job, now);
    if (fault !== null) return this.judged(solution, work, reject(20, fault), null, now);
    const stale = work.tipEvent !== this.tipEvent;
    const header = headerOf(solution, work);
    const pow = this.powHash(header);
    if (!(pow instanceof Promise)) return this.judge(solution, work, { header, pow }, { now, stale });
    const answer = pow.then((hash) => this.judge(solution, work, { header, pow: hash }, { now, stale }));
    this.hashing.add(answer);
    const hashed = (): void => {
      this.hashing.delete(answer);
    };
    answer.then(hashed, hashed);
    return answer;
  }

  /** Resolves when nothing that was handed in waits for its hash any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.hashing);
  }

  private judge(
    solution: Solution,
    work: WorkJob,
    mined: { readonly header: Uint8Array; readonly pow: Uint8Array },
    { now, stale }: { readonly now: number; readonly stale: boolean },
  ): Outcome {
    const { tracker, effects } = this.options;
    const outcome = judgeSolution(solution, work, mined, {
      rules: tracker.rules,
      now,
      stale,
      targets: this.targets,
      effects,
      shareMade: (id, isLate) => this.ownShares.add(id, isLate),
    });
    return this.judged(solution, work, outcome, hashToDifficulty(mined.pow), now);
  }

  /** Counts a submission that was judged. `difficulty`: of its hash. */
  private judged(
    solution: Solution,
    work: WorkJob | null,
    outcome: Outcome,
    difficulty: number | null,
    now: number,
  ): Outcome {
    const { targets } = this;
    const { easedTarget, pseudoTarget, worker } = solution;
    const isEased = outcome.kind !== "rejected" && outcome.isEased === true;
    const credited = targets.of(isEased ? easedTarget! : pseudoTarget);
    const judged = {
      outcome,
      worker,
      job:
        work === null
          ? null
          : { address: work.job.forAddress, attemptsToShare: Number(targets.of(work.shareTarget).attempts) },
      work: Number(credited.attempts),
      pseudoDifficulty: credited.difficulty,
      difficulty,
    };
    this.account(judged, now);
    return outcome;
  }

  /** Counts what was judged, here or, by the job alone, where miners are served. */
  account(judged: JudgedSolution, now = this.options.now()): void {
    const { job, outcome, work } = judged;
    if (outcome.kind !== "rejected" && job !== null) {
      this.addressRates.add(now, job.address, work);
      this.nodeRate.add(now, work);
    }
    this.options.effects.judged?.(judged);
  }

  checkPayee(payee: string): PayeeVerdict {
    return this.payees.check(payee, this.options.tracker.formatToMint(this.best).version);
  }
}

/** Whom a job's share pays, here and on merged chains. */
type JobPayee = Pick<PayeeVerdict & { readonly ok: true }, "address" | "mergedAddresses">;

function keyOf({ address, mergedAddresses }: JobPayee): string {
  return [address, ...mergedAddresses.map(({ chainId, script }) => `${chainId}:${bytesToHex(script)}`)].join();
}

function sameBlocks(a: readonly MergedBlock[], b: readonly MergedBlock[]): boolean {
  const describe = (blocks: readonly MergedBlock[]): string =>
    blocks.map(({ chainId, hash, target }) => `${chainId} ${hash} ${target}`).join();
  return describe(a) === describe(b);
}
