import { bitsToTarget, bitsToTargetBytes, targetToAttempts, targetToDifficulty } from "../core/compact.js";
import { hashMeetsTarget } from "../core/hash/index.js";
import type { RpcClient } from "../daemon/rpc/index.js";
import type { Clock, Timer } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import type { ShareNode } from "../sharechain/share-node.js";
import type { Tracker } from "../sharechain/tracker.js";
import { BestDifficulty } from "../stats/best-difficulty.js";
import { ChainFigures } from "../stats/chain-figures.js";
import type { Datum } from "../stats/history/bins.js";
import { History } from "../stats/history/history.js";
import type { StreamName } from "../stats/history/streams.js";
import { Tallies } from "../stats/history/tallies.js";
import { LocalWork, type SubmissionResult } from "../stats/local-work.js";
import { LuckCounter } from "../stats/luck.js";
import { MinerRates } from "../stats/miner-rates.js";
import { type PoolBlock, PoolBlocks } from "../stats/pool-blocks.js";
import { RecentShares } from "../stats/recent-shares.js";
import { StatLog } from "../stats/stat-log.js";
import type { Store } from "../store/store.js";
import type { FoundBlock, JudgedSolution } from "../work/solution.js";

export interface StatisticsOptions {
  readonly tracker: Tracker;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where they are kept; null for nowhere. */
  readonly store: Store | null;
  readonly rpc: Pick<RpcClient, "getBlockHeader">;
  /** Of the node, for the payout that is drawn as its own. */
  readonly address: string;
  /** Whether a share was made here and came late; null for one that was not made here. */
  readonly isLateOwnShare: (id: string) => boolean | null;
  readonly template: () => { readonly bits: number; readonly subsidy: bigint } | null;
  readonly peers: () => readonly PeerTraffic[];
  /** Connected workers. */
  readonly workerCount: () => number;
  readonly statRow: () => Record<string, unknown> | null;
  /** A block of the pool was found, or its status changed. */
  readonly onBlock: (hash: string) => void;
  /** A block of the pool was not known before. */
  readonly onNewBlock: (block: PoolBlock) => void;
  /** A share was verified, or the fate of one of ours is known. */
  readonly onVerified: (node: ShareNode) => void;
}

interface PeerTraffic {
  readonly id: number | string;
  readonly direction: "incoming" | "outgoing";
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Submissions are entered in the history together: its shortest bin is longer by far. */
const TALLY_MS = 1000;
/** After this long the fate of a share is as good as decided (spec/12 B.3). */
const FATE_MS = 200_000;
const BLOCK_CHECK_MS = 30_000;
/** Confirmations after which a block is not looked at any more: it can be spent. */
const MATURE = 100;
/** Blocks asked about in one round. */
const BLOCKS_PER_CHECK = 20;
const SAVE_BEST_MS = 60_000;
/** A share whose time is further from ours than this was not made just now. */
const FRESH_SECONDS = 600;
/** Kept amounts of users in the history's `current_payouts`. */
const MAX_SHARES_WATCHED = 1000;

const RECORDS = { blocks: "pool-blocks", best: "best-difficulties", log: "stat-log", luck: "luck" } as const;

/**
 * What is counted while the node runs: the chain's figures, the miners' work, history, the pool's blocks.
 *
 * Life: `start` after the store was started and its shares loaded; after `stop` no timer is left and what is to be kept was
 * handed to the store.
 */
export class NodeStatistics {
  readonly figures: ChainFigures;
  readonly localWork: LocalWork;
  readonly history: History;
  readonly statLog: StatLog;
  readonly blocks = new PoolBlocks();
  readonly best = new BestDifficulty();
  readonly luck = new LuckCounter();
  readonly minerRates = new MinerRates();
  readonly recentShares: RecentShares;
  private readonly options: StatisticsOptions;
  private readonly traffic = new Map<number | string, readonly [number, number]>();
  private readonly watched = new Set<Timer>();
  private readonly mature = new Set<string>();
  private readonly tallies = new Tallies();
  private timers: Timer[] = [];
  private stopObserving: (() => void) | null = null;

  constructor(options: StatisticsOptions) {
    this.options = options;
    const { tracker, clock, log, store, isLateOwnShare, statRow } = options;
    this.figures = new ChainFigures({ tracker, isOwn: (id) => isLateOwnShare(id) !== null });
    this.localWork = new LocalWork(clock.now());
    this.history = new History({ clock, log, keeper: store?.bins ?? null, sample: () => this.sample() });
    this.statLog = new StatLog({
      clock,
      entry: statRow,
      save: (entries) => this.keep(RECORDS.log, entries),
    });
    this.recentShares = new RecentShares(tracker);
    this.blocks.find = (hash) => tracker.main.get(hash) ?? null;
  }

  async start(): Promise<void> {
    const { store, clock, tracker } = this.options;
    const records = store?.records ?? null;
    this.blocks.restore(await records?.load(RECORDS.blocks));
    this.best.restore(await records?.load(RECORDS.best));
    this.luck.restore(await records?.load(RECORDS.luck));
    await this.history.start();
    this.recentShares.start(this.figures.best);
    this.statLog.start(await records?.load(RECORDS.log));
    this.stopObserving = tracker.verified.observe({ added: (node) => this.verified(node) });
    this.timers = [
      clock.every(TALLY_MS, () => this.tallies.handOver(this.history)),
      clock.every(BLOCK_CHECK_MS, () => void this.checkBlocks()),
      clock.every(SAVE_BEST_MS, () => this.keepBest()),
    ];
  }

  get isRunning(): boolean {
    return this.stopObserving !== null;
  }

  stop(): void {
    // What was not read may not be written over.
    if (this.stopObserving === null) return;
    this.stopObserving();
    this.stopObserving = null;
    this.recentShares.stop();
    for (const timer of [...this.timers, ...this.watched]) timer.cancel();
    this.timers = [];
    this.watched.clear();
    this.tallies.handOver(this.history);
    this.statLog.stop();
    this.history.stop();
    this.keepBest();
  }

  private keepBest(): void {
    this.keep(RECORDS.best, this.best.save());
    this.keep(RECORDS.luck, this.luck.save());
  }

  /** A submission was judged. */
  judged({ outcome, worker, job, work, difficulty }: JudgedSolution): SubmissionResult {
    const result = resultOf(outcome);
    this.tallies.add("pseudoshares", result, 1);
    this.localWork.counted(result);
    if (job === null || outcome.kind === "rejected") return result;
    const at = this.options.clock.now();
    const isDead = outcome.stale;
    const { address, attemptsToShare } = job;
    this.localWork.add({ at, user: worker, address, work, isDead, attemptsToShare });
    this.minerRates.add(worker, work, this.options.clock.monotonicMs());
    if (difficulty !== null) this.best.reached(job.address, difficulty);
    this.tallies.add("local_hash_rate", null, work);
    this.tallies.add("miner_hash_rates", worker, work);
    if (!isDead) return result;
    this.tallies.add("local_dead_hash_rate", null, work);
    this.tallies.add("miner_dead_hash_rates", worker, work);
    return result;
  }

  jobMade(address: string, shareTarget: bigint): void {
    this.localWork.jobMade(address, targetToDifficulty(shareTarget));
  }

  /** A share of our own was made; what became of it shows later. */
  shareMade(id: string, work: bigint, onTime: boolean): void {
    const { clock } = this.options;
    const at = clock.now();
    const amount = Number(work);
    this.history.record("local_share_hash_rates", onTime ? { good: amount } : { dead: amount });
    if (this.watched.size >= MAX_SHARES_WATCHED) return;
    const timer = clock.after(FATE_MS, () => {
      this.watched.delete(timer);
      const isInChain = this.isInBestChain(id);
      this.localWork.decided(isInChain ? "good" : onTime ? "orphan" : "dead");
      if (!onTime && isInChain) this.history.correct("local_share_hash_rates", at, { dead: -amount, good: amount });
      if (onTime && !isInChain) this.history.correct("local_share_hash_rates", at, { good: -amount, orphan: amount });
    });
    this.watched.add(timer);
  }

  templateFetched(latencySeconds: number | null): void {
    if (latencySeconds !== null) this.history.record("getwork_latency", latencySeconds);
  }

  /** A block of ours was found and handed in; its share, if it is one, was noticed before. */
  blockFound({ hash, height, foundAt, address, subsidy, bits, difficulty }: FoundBlock): void {
    const block = this.blocks.addOwn({
      hash,
      height,
      foundAt,
      finder: address,
      valueSat: String(subsidy),
      networkDifficulty: targetToDifficulty(bitsToTarget(bits)),
      actualDifficulty: difficulty,
      poolRate: this.figures.poolRate,
    });
    if (block !== null) this.newBlock(block);
  }

  /** The daemon has refused a block of ours. */
  blockRefused(hash: string): void {
    this.blockChanged(this.blocks.setStatus(hash, "rejected")?.hash);
  }

  isInBestChain(id: string): boolean {
    const { best } = this.figures;
    const node = this.options.tracker.main.get(id);
    return best !== null && node !== undefined && best.isChildOf(node);
  }

  private verified({ id }: ShareNode): void {
    const { tracker, onVerified } = this.options;
    // The observer is given the node of the verified forest; everything else speaks of the one in the main one.
    const node = tracker.main.get(id);
    if (node === undefined) return;
    onVerified(node);
    this.countLuck(node);
    this.noticeBlock(node);
  }

  /** Shares that were made while this node knew what the coin wants; the header's own word does not count (spec/09 §7.2). */
  private countLuck({ item: { share, seenAt } }: ShareNode): void {
    const template = this.options.template();
    if (template === null || Math.abs(seenAt - share.info.timestamp) > FRESH_SECONDS) return;
    const blockTarget = bitsToTarget(template.bits);
    const chance = Number(share.work) / Number(targetToAttempts(blockTarget));
    this.luck.share(
      share.address,
      Math.min(1, chance),
      hashMeetsTarget(share.powHash, bitsToTargetBytes(template.bits)),
    );
  }

  /** Remembers a share that is a block; nothing happens for others. Of our own also one that came too late for the chain. */
  noticeBlock(node: ShareNode): void {
    const template = this.options.template();
    if (template === null || !node.item.share.isBlockSolution) return;
    const mine = this.options.isLateOwnShare(node.id) !== null;
    const block = this.blocks.add(node, { bits: template.bits, mine, poolRate: this.figures.poolRate });
    if (block !== null) this.newBlock(block);
  }

  private newBlock(block: PoolBlock): void {
    this.best.newRound();
    this.blockChanged(block.hash);
    this.options.onNewBlock(block);
  }

  private blockChanged(hash: string | undefined): void {
    if (hash === undefined) return;
    this.keep(RECORDS.blocks, this.blocks.save());
    this.options.onBlock(hash);
  }

  /** Asks the daemon what became of the newest blocks (spec/10 §12.5). */
  private async checkBlocks(): Promise<void> {
    const open = this.blocks.list.filter(({ hash, status }) => status !== "rejected" && !this.mature.has(hash));
    for (const { hash } of open.slice(0, BLOCKS_PER_CHECK)) {
      try {
        const { confirmations } = await this.options.rpc.getBlockHeader(hash);
        if (confirmations >= MATURE) this.mature.add(hash);
        this.blockChanged(this.blocks.setStatus(hash, confirmations > 0 ? "confirmed" : "orphaned")?.hash);
      } catch {
        // Not known to the daemon, or the daemon is not there: it is asked again in the next round.
      }
    }
  }

  private keep(name: string, value: unknown): void {
    const { store, log } = this.options;
    store?.records.save(name, value).catch((error: unknown) => {
      // The store has told of its trouble, and tries again.
      if (store.failure !== null) log.debug({ err: error }, `${name} could not be stored yet`);
      else log.warn({ err: error }, `${name} could not be stored`);
    });
  }

  /** Values of the gauges, and what was counted elsewhere since the last time (spec/12 B.3). */
  private sample(): Partial<Record<StreamName, Datum>> {
    const { template, peers, workerCount, address } = this.options;
    const { figures } = this;
    const traffic = this.trafficSince(peers());
    const counts = { incoming: 0, outgoing: 0 };
    for (const { direction } of peers()) counts[direction]++;
    const data: Partial<Record<StreamName, Datum>> = {
      memory_usage: process.memoryUsage.rss(),
      worker_count: workerCount(),
      ...(traffic === null ? {} : { traffic_rate: traffic }),
    };
    if ((figures.best?.height ?? 0) < LEAST_HEIGHT) return data;
    data.peers = counts;
    data.pool_rates = Object.fromEntries(figures.voting?.staleRates ?? []);
    data.desired_version_rates = this.versionRates();
    if (figures.shareDifficulty !== null) data.share_difficulty = figures.shareDifficulty;
    const current = template();
    if (current === null) return data;
    data.network_difficulty = targetToDifficulty(bitsToTarget(current.bits));
    const payouts = figures.payouts(bitsToTarget(current.bits), current.subsidy);
    data.current_payout = Number(payouts.get(address) ?? 0n) / 1e8;
    const active = new Set(this.localWork.rates(this.options.clock.now()).map(({ user }) => user.split(".")[0]!));
    data.current_payouts = Object.fromEntries(
      [...active].flatMap((user) => {
        const amount = payouts.get(user);
        return amount === undefined ? [] : [[user, Number(amount) / 1e8]];
      }),
    );
    return data;
  }

  private versionRates(): Record<string, number> {
    const { votes, voting } = this.figures;
    if (votes === null || voting === null || votes.total === 0n) return {};
    let rate = 0;
    for (const part of voting.staleRates.values()) rate += part;
    return Object.fromEntries(
      [...votes.byVersion].map(([version, work]) => [String(version), (Number(work) / Number(votes.total)) * rate]),
    );
  }

  private trafficSince(peers: readonly PeerTraffic[]): Record<string, number> | null {
    let [received, sent] = [0, 0];
    const present = new Set<number | string>();
    for (const { id, bytesIn, bytesOut } of peers) {
      const [inBefore, outBefore] = this.traffic.get(id) ?? [0, 0];
      received += bytesIn - inBefore;
      sent += bytesOut - outBefore;
      this.traffic.set(id, [bytesIn, bytesOut]);
      present.add(id);
    }
    for (const id of this.traffic.keys()) if (!present.has(id)) this.traffic.delete(id);
    return received === 0 && sent === 0 ? null : { "p2p/in": received, "p2p/out": sent };
  }
}

const LEAST_HEIGHT = 10;

function resultOf(outcome: JudgedSolution["outcome"]): SubmissionResult {
  if (outcome.kind !== "rejected") return outcome.stale ? "stale" : "accepted";
  return outcome.code === 20 ? "invalid" : outcome.code === 21 ? "stale" : outcome.code === 22 ? "duplicate" : "low";
}
