import { bitsToTarget, targetToDifficulty } from "../core/compact.js";
import { expectedPayouts } from "../sharechain/payouts.js";
import type { ShareNode } from "../sharechain/share-node.js";
import { poolHashRate } from "../sharechain/statistics.js";
import { easiestTarget } from "../sharechain/targets.js";
import type { NodeStatus, ShareStatus, WorkerStatus } from "../web/status.js";
import type { PoolNode } from "./pool-node.js";

const SHOWN = { blocks: 50, shares: 20, workers: 200, payouts: 200 };

/** The figures of the status page (spec/12). Costs the same whatever the length of the chain. */
export function nodeStatus(node: PoolNode): NodeStatus {
  const { chain, options, work } = node;
  const { network, clock } = options;
  const template = work.currentTemplate;
  const { best, tracker } = chain;
  const format = tracker.formatToMint(best);
  const stats = node.stratum.stats({ workers: SHOWN.workers });
  return {
    version: options.version,
    network: network.name,
    symbol: network.coin.symbol,
    uptimeSeconds: Math.floor(clock.now() - node.startedAt),
    minerUrl: minerUrl(node),
    peers: node.peering?.count ?? null,
    coin: {
      height: template === null ? null : template.height - 1,
      tip: template === null ? null : template.previousBlock,
    },
    daemon: { address: node.daemons.active.endpoint, problem: node.daemonProblem },
    chain: {
      height: best?.height ?? null,
      bestShare: best?.id ?? null,
      verified: best === null ? null : tracker.verified.height(best.id),
      shareDifficulty: targetToDifficulty(
        easiestTarget(best, { format, timestamp: clock.now() }, tracker.rules).easiest,
      ),
    },
    sync: node.sync.status(),
    poolHashRate: best === null ? null : poolHashRate(best, tracker.rules),
    localHashRate: stats.hashRate,
    workers: stats.workers.map(
      ({ counts, ...worker }): WorkerStatus => ({
        name: worker.name,
        connections: worker.connections,
        hashRate: worker.hashRate,
        difficulty: worker.difficulty,
        userAgent: worker.userAgent,
        lastSubmitAt: worker.lastSubmitAt,
        accepted: counts.accepted,
        rejected: counts.stale + counts.low + counts.duplicate + counts.invalid,
      }),
    ),
    payouts: payoutsNow(node),
    blocks: node.blocks.slice(0, SHOWN.blocks).map((block) => ({
      height: block.height,
      hash: block.hash,
      rewardSat: block.subsidy,
      foundAt: block.foundAt,
      accepted: block.accepted,
      fate: block.fate,
      confirmations: block.confirmations,
    })),
    shares: best === null ? [] : newestShares(best),
    refusal: work.refusal(),
  };
}

function minerUrl({ boundPort, options }: PoolNode): string | null {
  if (boundPort === null) return null;
  const { host } = options.workerPort;
  const shown = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `stratum+tcp://${shown.includes(":") ? `[${shown}]` : shown}:${boundPort}`;
}

function payoutsNow({ chain, work, payoutWindows }: PoolNode): NodeStatus["payouts"] {
  const template = work.currentTemplate;
  const { best, tracker } = chain;
  if (best === null || template === null) return [];
  const blockTarget = bitsToTarget(template.bits);
  const amounts = expectedPayouts(best, blockTarget, template.subsidy, tracker.rules, payoutWindows);
  return [...amounts]
    .map(([address, amountSat]) => ({ address, amountSat }))
    .filter(({ amountSat }) => amountSat > 0n)
    .sort((a, b) => (a.amountSat < b.amountSat ? 1 : -1))
    .slice(0, SHOWN.payouts);
}

function newestShares(best: ShareNode): ShareStatus[] {
  return [...best.chain(Math.min(best.height, SHOWN.shares))].map(({ height, item: { share, peer } }) => ({
    hash: share.id,
    height,
    address: share.address,
    createdAt: share.info.timestamp,
    difficulty: targetToDifficulty(share.target),
    mine: peer === null,
  }));
}
