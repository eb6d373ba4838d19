import type { Histogram } from "../core/histogram.js";
import type { PoolNetwork } from "../networks/pool-network.js";
import type { Tracker } from "../sharechain/tracker.js";
import type { BestDifficulty } from "../stats/best-difficulty.js";
import type { ChainFigures } from "../stats/chain-figures.js";
import type { History } from "../stats/history/history.js";
import type { LocalWork, SubmissionResult } from "../stats/local-work.js";
import type { MinerRates } from "../stats/miner-rates.js";
import type { PoolBlocks } from "../stats/pool-blocks.js";
import type { RecentShares } from "../stats/recent-shares.js";
import type { StatLog } from "../stats/stat-log.js";

/** What the web side reads of a node; nothing in it can change the node. Times are seconds since 1970. */
export interface NodeView {
  readonly version: string;
  readonly network: PoolNetwork;
  readonly startedAt: number;
  /** The node's own payout address. */
  readonly address: string;
  /** All that the node's own work pays; several with `-a dynamic`. */
  addresses(): readonly string[];
  /** Of workers that mine to their own address, percent. */
  readonly feePercent: number;
  /** To the authors of P2Pool, percent. */
  readonly donationPercent: number;
  readonly protocolVersion: number;
  readonly tracker: Tracker;
  readonly figures: ChainFigures;
  readonly localWork: LocalWork;
  readonly minerRates: MinerRates;
  readonly history: History;
  readonly statLog: StatLog;
  readonly blocks: PoolBlocks;
  readonly best: BestDifficulty;
  readonly recentShares: RecentShares;
  readonly ownShares: OwnSharesView;
  state(): NodeState;
  /** How far the first sync is; null once the chain is complete, or while nothing of it is known. */
  sync(): SyncView | null;
  /** Ports as bound; null where nothing listens. */
  ports(): { readonly web: number | null; readonly stratum: number | null; readonly p2p: number | null };
  template(): TemplateView | null;
  /** `host:port` of a peer by the id that shares are remembered with; null once it is forgotten. */
  peerAddress(id: string): string | null;
  /** Null for a pool of one. */
  peers(): readonly PeerSummary[] | null;
  stratum(): StratumView;
  /** A page of the miners' connections, those of one process after the other; null while too many ask. */
  connections(from: ConnectionPlace, limit: number): Promise<ConnectionPage | null>;
  daemon(): DaemonView;
  latencies(): LatencyView;
  warnings(): readonly Warning[];
  /** Chains that are mined along. */
  merged(): MergedView;
  /** A miner's user name taken apart, and the verdict on its payee. */
  checkUsername(username: string): UsernameVerdict;
}

interface UsernameVerdict {
  /** Canonical; null if no share can pay it. */
  readonly address: string | null;
  readonly reason: string | null;
  readonly worker: string | null;
  readonly canonical: string;
  /** As the user wrote them, in difficulties that miners see. */
  readonly shareDifficulty: number | null;
  readonly pseudoDifficulty: number | null;
}

interface OwnSharesView {
  counts(): { readonly total: number; readonly dead: number; readonly orphaned: number };
  /** Whether one of ours came late; null for one that is not ours. */
  isLate(id: string): boolean | null;
  /** The last made first. */
  newest(limit: number): readonly string[];
}

interface SyncView {
  readonly shares: number;
  readonly sharesNeeded: number;
  readonly verified: number;
  readonly verifiedNeeded: number;
  readonly secondsLeft: number | null;
}

/** spec/08 §5. */
export type NodeState = "bad_rules" | "no_daemon" | "no_peers" | "ready" | "starting" | "syncing";

export interface TemplateView {
  /** Of the block to be built. */
  readonly height: number;
  readonly previousBlock: string;
  readonly bits: number;
  /** Satoshi. */
  readonly subsidy: bigint;
  readonly transactions: number;
  readonly receivedAt: number;
}

export interface PeerSummary {
  /** `host:port`. */
  readonly address: string;
  readonly direction: "incoming" | "outgoing";
  readonly version: string;
  readonly protocolVersion: number;
  readonly connectedAt: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly bestShare: string | null;
  readonly pingSeconds: number | null;
  readonly points: number;
  readonly bufferedBytes: number;
  readonly txpoolBytes: number;
}

/** A miner whose jobs have too long a generation transaction, and what it loses. */
interface CoinbaseTrouble {
  readonly device: string;
  readonly limitBytes: number;
  readonly sizeBytes: number;
  readonly jobs: number;
  /** Solutions that did not fit such a job, and the hashes that they stand for. */
  readonly lostSolutions: number;
  readonly lostHashes: number;
}

export interface WorkerSummary {
  /** `payee` or `payee.worker`. */
  readonly name: string;
  readonly connections: number;
  readonly rate: number | null;
  readonly deadFraction: number | null;
  readonly difficulty: number | null;
  readonly userAgent: string | null;
  /** Null unless jobs were longer than such a miner is known to take. */
  readonly coinbase: CoinbaseTrouble | null;
  readonly lastSubmitAt: number | null;
  readonly results: Readonly<Record<SubmissionResult, number>>;
}

export interface StratumView {
  readonly connections: number;
  readonly authorized: number;
  readonly results: Readonly<Record<SubmissionResult, number>>;
  readonly workers: readonly WorkerSummary[];
}

/** Seconds that things took. */
interface LatencyView {
  /** From news to the last miner's job. */
  readonly newWork: Histogram;
  /** From a submission to its reply. */
  readonly submission: Histogram;
  /** Making a job. */
  readonly job: Histogram;
  /** Calls of the daemon, by method. */
  readonly daemonCalls: ReadonlyMap<string, Histogram>;
}

/** How far the list was read: the process, and its last connection that was seen (0 for none). */
export interface ConnectionPlace {
  readonly process: number;
  readonly number: number;
}

export interface ConnectionSummary {
  /** 0: the node's own; worker processes count from 1. */
  readonly process: number;
  readonly extranonce1: number;
  readonly remoteAddress: string;
  readonly userAgent: string | null;
  /** `payee` or `payee.worker`; null before it has logged in. */
  readonly worker: string | null;
  readonly difficulty: number | null;
  readonly versionMask: number;
  readonly counts: Readonly<Record<SubmissionResult, number>>;
  /** The mean since it connected. */
  readonly hashRate: number | null;
  readonly connectedAt: number;
  readonly lastSubmitAt: number | null;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly unsentBytes: number;
}

interface ConnectionPage {
  readonly items: readonly ConnectionSummary[];
  readonly next: ConnectionPlace | null;
}

interface DaemonView {
  /** Null until it was asked. */
  readonly version: string | null;
  readonly connections: number | null;
  readonly warnings: readonly string[];
  readonly latencySeconds: number | null;
  /** When this node first saw the coin's newest block. */
  readonly tipAt: number | null;
}

/** A chain that is mined along. What the daemon has not told is null. */
export interface MergedChainView {
  readonly chainId: number | null;
  /** Null for a chain that the network says nothing of. */
  readonly name: string | null;
  /** Whether a block of it pays every miner of the window, or whom the operator named; null while there is no work. */
  readonly pays: "miners" | "operator" | null;
  /** Of the next block. */
  readonly height: number | null;
  readonly previousBlock: string | null;
  /** "share": whatever the share target is. */
  readonly target: bigint | "share" | null;
  /** Of the next block with its fees, in the chain's smallest unit. */
  readonly value: bigint | null;
}

/** A block of a chain that is mined along, found by this node since it was started. */
export interface MergedBlockView {
  readonly hash: string;
  readonly chainId: number;
  readonly pays: "miners" | "operator";
  readonly height: number | null;
  readonly worker: string;
  readonly foundAt: number;
  /** Null while the chain's daemon has not judged it. */
  readonly accepted: boolean | null;
  /** The chain had gone on meanwhile. */
  readonly isLate: boolean;
  readonly reason: string | null;
}

interface MergedView {
  readonly chains: readonly MergedChainView[];
  /** Newest first. */
  readonly blocks: readonly MergedBlockView[];
}

export interface Warning {
  readonly id: string;
  readonly severity: "error" | "info" | "warning";
  readonly text: string;
  readonly sinceAt: number;
}
