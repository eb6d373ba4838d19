import { protocolVersion } from "../peers/hello.js";
import type { PeerView } from "../peers/peer-view.js";
import type { Clock } from "../platform/clock.js";
import type { NodeState, NodeView, PeerSummary, StratumView, TemplateView, WorkerSummary } from "../web/view.js";
import { parseUsername } from "../work/username.js";
import type { CoinbaseTrouble } from "../workers/coinbase-limits.js";
import type { PoolNode } from "./pool-node.js";

/** Workers looked at for pages; the API shows fewer at once. */
const MAX_WORKERS = 10_000;
const MAX_ADDRESSES = 1000;
const MEMO_MS = 500;

/** The node as its web side sees it. */
export function nodeView(node: PoolNode): NodeView {
  const { options, chain, work, statistics } = node;
  const { network, clock, address, version, donationPercent } = options;
  const addresses = new PeerAddresses();
  const memo = memoized(clock);
  return {
    version,
    network,
    startedAt: node.startedAt,
    address,
    addresses: () => node.addresses.all,
    feePercent: options.feePercent,
    donationPercent,
    protocolVersion: protocolVersion(network),
    tracker: chain.tracker,
    figures: statistics.figures,
    localWork: statistics.localWork,
    minerRates: statistics.minerRates,
    history: statistics.history,
    statLog: statistics.statLog,
    blocks: statistics.blocks,
    best: statistics.best,
    recentShares: statistics.recentShares,
    ownShares: {
      counts: () => work.ownShareCounts,
      isLate: (id) => work.isLateOwnShare(id),
      newest: (limit) => work.newestOwnShares(limit),
    },
    state: () => nodeState(node),
    sync: () => node.sync.status(),
    ports: () => ({ web: node.webBoundPort, stratum: node.boundPort, p2p: node.peering?.boundPort ?? null }),
    template: () => templateView(node),
    peerAddress: (id) => addresses.of(id),
    peers: () => {
      addresses.remember(node.peering?.peers ?? []);
      return peerSummaries(node);
    },
    stratum: memo(() => stratumView(node)),
    connections: (from, limit) => node.stratum.listConnections(from, limit),
    daemon: () => {
      const info = node.daemonInfo.current;
      return {
        version: info?.version ?? null,
        connections: info?.connections ?? null,
        warnings: info?.warnings ?? [],
        latencySeconds: node.templates.latencySeconds,
        tipAt: node.coinTipAt,
      };
    },
    latencies: () => ({ ...node.stratum.latencies, job: node.jobSeconds, daemonCalls: options.rpc.callSeconds }),
    warnings: () => node.warnings.current,
    merged: () => node.merged.view(),
    checkUsername: (username) => {
      const { payee, worker, canonical, shareDifficulty, pseudoDifficulty } = parseUsername(username);
      const verdict = work.checkPayee(payee);
      return {
        address: verdict.ok ? verdict.address : null,
        reason: verdict.ok ? null : verdict.reason,
        worker,
        canonical,
        shareDifficulty,
        pseudoDifficulty,
      };
    },
  };
}

/** Many ask for the same within a moment; an answer of the last half second is good enough (spec/12 D.7). */
function memoized(clock: Clock): <T>(make: () => T) => () => T {
  return (make) => {
    let last: { readonly value: ReturnType<typeof make>; readonly atMs: number } | null = null;
    return () => {
      const nowMs = clock.monotonicMs();
      if (last === null || nowMs - last.atMs >= MEMO_MS) last = { value: make(), atMs: nowMs };
      return last.value;
    };
  };
}

/** Addresses of peers by their ids, also of those that left; the oldest go. Peers are looked at every few seconds. */
class PeerAddresses {
  private readonly byId = new Map<string, string>();

  remember(peers: readonly PeerView[]): void {
    for (const { id, address } of peers) this.byId.set(id, address);
    while (this.byId.size > MAX_ADDRESSES) this.byId.delete(this.byId.keys().next().value!);
  }

  of(id: string): string | null {
    return this.byId.get(id) ?? null;
  }
}

/** spec/08 §5, by the reason for which no work is handed out. */
function nodeState({ work, boundPort }: PoolNode): NodeState {
  if (boundPort === null) return "starting";
  const refusal = work.refusal();
  if (refusal === null) return "ready";
  if (/peers/.test(refusal)) return "no_peers";
  if (/daemon/.test(refusal)) return "no_daemon";
  return /downloading/.test(refusal) ? "syncing" : "bad_rules";
}

function templateView({ work }: PoolNode): TemplateView | null {
  const template = work.currentTemplate;
  if (template === null) return null;
  const { height, previousBlock, bits, subsidy, transactions, receivedAt } = template;
  return { height, previousBlock, bits, subsidy, transactions: transactions.length, receivedAt };
}

function peerSummaries({ peering }: PoolNode): readonly PeerSummary[] | null {
  if (peering === null) return null;
  return peering.peers.map((peer) => ({
    address: peer.address,
    direction: peer.direction,
    version: peer.subVersion,
    protocolVersion: peer.version,
    connectedAt: peer.since,
    bytesIn: peer.bytesIn,
    bytesOut: peer.bytesOut,
    bestShare: peer.bestShare,
    pingSeconds: peer.rtt,
    points: peer.points,
    bufferedBytes: peer.bufferedBytes,
    txpoolBytes: peer.txpool,
  }));
}

function stratumView({ stratum, statistics, options }: PoolNode): StratumView {
  const { connections, authorized, counts, workers } = stratum.stats({ workers: MAX_WORKERS });
  const rates = new Map(statistics.localWork.rates(options.clock.now()).map((rate) => [rate.user, rate]));
  return {
    connections,
    authorized,
    results: counts,
    workers: workers.map((worker) => {
      const rate = rates.get(worker.name);
      return {
        name: worker.name,
        connections: worker.connections,
        rate: worker.hashRate,
        deadFraction: rate === undefined || rate.rate === 0 ? null : rate.deadRate / rate.rate,
        difficulty: worker.difficulty,
        userAgent: worker.userAgent,
        coinbase: worker.coinbase === null ? null : coinbaseTrouble(worker.coinbase),
        lastSubmitAt: worker.lastSubmitAt,
        results: worker.counts,
      };
    }),
  };
}

function coinbaseTrouble({ bytes, size, ...rest }: CoinbaseTrouble): NonNullable<WorkerSummary["coinbase"]> {
  return { ...rest, limitBytes: bytes, sizeBytes: size };
}
