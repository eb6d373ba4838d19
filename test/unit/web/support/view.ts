import { Histogram } from "../../../../src/core/histogram.js";
import { networkByName } from "../../../../src/networks/index.js";
import { createLogger } from "../../../../src/platform/log.js";
import { ShareRules, Tracker } from "../../../../src/sharechain/index.js";
import { BestDifficulty } from "../../../../src/stats/best-difficulty.js";
import { ChainFigures } from "../../../../src/stats/chain-figures.js";
import { History } from "../../../../src/stats/history/history.js";
import { LocalWork } from "../../../../src/stats/local-work.js";
import { MinerRates } from "../../../../src/stats/miner-rates.js";
import { PoolBlocks } from "../../../../src/stats/pool-blocks.js";
import { RecentShares } from "../../../../src/stats/recent-shares.js";
import { StatLog } from "../../../../src/stats/stat-log.js";
import type { NodeView } from "../../../../src/web/view.js";
import { parseUsername } from "../../../../src/work/username.js";
import { VirtualClock } from "../../workers/support/virtual-clock.js";

export interface ViewFacts {
  /** Null for a node without a chain. */
  readonly best: string | null;
  readonly template: { readonly bits: number; readonly subsidy: bigint } | null;
  /** Whether each share of ours came late. */
  readonly own: ReadonlyMap<string, boolean>;
  readonly ownCounts: { readonly total: number; readonly orphaned: number; readonly dead: number };
  readonly address: string;
  readonly feePercent: number;
  readonly donationPercent: number;
  readonly version: string;
  readonly clock: VirtualClock;
}

const NO_SUBMISSIONS = { accepted: 0, stale: 0, low: 0, duplicate: 0, invalid: 0 };

/** A node as its web side sees it, of a tracker and a few facts, without miners, peers and daemon. */
export function viewOf(tracker: Tracker, facts: Partial<ViewFacts> & Pick<ViewFacts, "best">): NodeView {
  const { clock = new VirtualClock(), own = new Map<string, boolean>(), template = null } = facts;
  const { network } = tracker.rules;
  const figures = new ChainFigures({ tracker, isOwn: (id) => own.has(id) });
  figures.setBest(tracker.main.get(facts.best) ?? null);
  const blocks = new PoolBlocks();
  blocks.find = (hash) => tracker.main.get(hash) ?? null;
  const recentShares = new RecentShares(tracker);
  recentShares.start(figures.best);
  return {
    version: facts.version ?? "0.0.0",
    network,
    startedAt: clock.now(),
    address: facts.address ?? "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8",
    addresses: () => [facts.address ?? "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8"],
    feePercent: facts.feePercent ?? 0,
    donationPercent: facts.donationPercent ?? 0,
    protocolVersion: 3501,
    tracker,
    figures,
    localWork: new LocalWork(clock.now()),
    minerRates: new MinerRates(),
    history: new History({ clock, log: createLogger("silent"), keeper: null, sample: () => ({}) }),
    statLog: new StatLog({ clock, entry: () => null, save: () => {} }),
    blocks,
    best: new BestDifficulty(),
    recentShares,
    ownShares: {
      counts: () => facts.ownCounts ?? { total: own.size, orphaned: 0, dead: 0 },
      isLate: (id) => own.get(id) ?? null,
      newest: (limit) => [...own.keys()].slice(-limit).reverse(),
    },
    state: () => (facts.best === null ? "syncing" : "ready"),
    sync: () => null,
    ports: () => ({ web: 9332, stratum: 9332, p2p: null }),
    template: () =>
      template === null
        ? null
        : { ...template, height: 1000, previousBlock: "00".repeat(32), transactions: 0, receivedAt: clock.now() },
    peerAddress: () => null,
    peers: () => null,
    stratum: () => ({ connections: 0, authorized: 0, results: NO_SUBMISSIONS, workers: [] }),
    connections: () => Promise.resolve({ items: [], next: null }),
    daemon: () => ({ version: null, connections: null, warnings: [], latencySeconds: null, tipAt: null }),
    latencies: () => ({
      newWork: new Histogram(),
      submission: new Histogram(),
      job: new Histogram(),
      daemonCalls: new Map(),
    }),
    warnings: () => [],
    merged: () => ({ chains: [], blocks: [] }),
    checkUsername: (username) => {
      const { payee, ...rest } = parseUsername(username);
      return { address: payee, reason: null, ...rest };
    },
  };
}

/** A node that knows nothing yet. */
export function emptyView(): NodeView {
  return viewOf(new Tracker(new ShareRules(networkByName("demo"))), { best: null });
}
