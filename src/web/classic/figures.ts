import { bitsToTarget, targetToAttempts, targetToDifficulty } from "../../core/compact.js";
import { coins } from "../exact-json.js";
import type { NodeView } from "../view.js";

/** Below this height there are no statistics (spec/12 A.3). */
const LEAST_HEIGHT = 10;

export function payoutsNow(view: NodeView): ReadonlyMap<string, bigint> {
  const template = view.template();
  return template === null ? new Map() : view.figures.payouts(bitsToTarget(template.bits), template.subsidy);
}

function isYoung({ figures }: NodeView): boolean {
  return (figures.best?.height ?? 0) < LEAST_HEIGHT;
}

export function rate({ figures }: NodeView): number {
  const { recent } = figures;
  return recent === null || recent.rate === null ? 0 : recent.rate / (1 - recent.staleFraction);
}

export function staleRates({ figures }: NodeView): ReadonlyMap<string, number> {
  const { recent } = figures;
  return recent === null || recent.rate === null ? new Map() : recent.staleRates;
}

export function coinMap(amounts: ReadonlyMap<string, bigint>): Map<string, number> {
  return new Map([...amounts].map(([address, amount]) => [address, coins(amount)]));
}

export function globalStats(view: NodeView): unknown {
  const { figures, network } = view;
  const { hour } = figures;
  if (isYoung(view) || hour === null) return null;
  const template = view.template();
  const difficulty = template === null ? null : targetToDifficulty(bitsToTarget(template.bits));
  return {
    pool_nonstale_hash_rate: hour.rate,
    pool_hash_rate: figures.poolRate,
    pool_stale_prop: hour.staleFraction,
    min_difficulty: figures.shareDifficulty,
    network_block_difficulty: difficulty,
    network_hashrate: difficulty === null ? null : Math.floor((difficulty * 2 ** 32) / network.coin.blockPeriod),
  };
}

function minerRates(view: NodeView, now: number): { all: Map<string, number>; dead: Map<string, number> } {
  const all = new Map<string, number>();
  const dead = new Map<string, number>();
  for (const { user, rate: hashes, deadRate } of view.localWork.rates(now)) {
    all.set(user, hashes);
    if (deadRate > 0) dead.set(user, deadRate);
  }
  return { all, dead };
}

export function peerCounts(view: NodeView): { incoming: number; outgoing: number } {
  const counts = { incoming: 0, outgoing: 0 };
  for (const { direction } of view.peers() ?? []) counts[direction]++;
  return counts;
}

/** Own efficiency against the pool's (spec/10 §12.4); null without shares. */
export function efficiencies(view: NodeView): { actual: number | null; ifPerfect: number | null } {
  const { total, dead, orphaned } = view.ownShares.counts();
  const { hour } = view.figures;
  if (total === 0 || hour === null) return { actual: null, ifPerfect: null };
  const good = 1 - hour.staleFraction;
  return { actual: (1 - (orphaned + dead) / total) / good, ifPerfect: (1 - orphaned / total) / good };
}

export function blockAttempts(view: NodeView): bigint | null {
  const template = view.template();
  return template === null ? null : targetToAttempts(bitsToTarget(template.bits));
}

export function localStats(view: NodeView, now: number): unknown {
  const { figures } = view;
  const { hour } = figures;
  if (isYoung(view) || hour === null) return null;
  const { orphan, dead, shares: unstale } = hour.own;
  const stale = orphan + dead;
  const shares = unstale + stale;
  const part = (count: number): number | null => (shares === 0 ? null : count / shares);
  const staleFraction = part(stale);
  const rates = minerRates(view, now);
  const own = view.ownShares.counts();
  const { actual, ifPerfect } = efficiencies(view);
  const template = view.template();
  return {
    my_hash_rates_in_last_hour: {
      note: "DEPRECATED",
      nonstale: hour.ownRate,
      rewarded: hour.ownRate / (1 - hour.staleFraction),
      actual: staleFraction === null ? 0 : hour.ownRate / (1 - staleFraction),
    },
    my_share_counts_in_last_hour: {
      shares,
      unstale_shares: unstale,
      stale_shares: stale,
      orphan_stale_shares: orphan,
      doa_stale_shares: dead,
    },
    my_stale_proportions_in_last_hour: {
      stale: staleFraction,
      orphan_stale: part(orphan),
      dead_stale: part(dead),
    },
    miner_hash_rates: rates.all,
    miner_dead_hash_rates: rates.dead,
    miner_last_difficulties: view.localWork.lastDifficulties,
    efficiency_if_miner_perfect: ifPerfect,
    efficiency: actual,
    peers: peerCounts(view),
    shares: { total: own.total, orphan: own.orphaned, dead: own.dead },
    uptime: now - view.startedAt,
    attempts_to_share: figures.attemptsToShare,
    attempts_to_block: blockAttempts(view),
    block_value: template === null ? null : coins(template.subsidy),
    warnings: view.warnings().map(({ text }) => text),
    donation_proportion: view.donationPercent / 100,
    version: view.version,
    protocol_version: view.protocolVersion,
    fee: view.feePercent,
  };
}

/** Blocks still in the share chain, newest first. */
export function recentBlocks({ figures }: NodeView, height: (coinbase: Uint8Array) => bigint | null): unknown {
  return figures.recentBlocks.map(({ id, item: { share } }) => ({
    ts: share.info.timestamp,
    hash: id,
    number: height(share.info.data.coinbase),
    share: id,
  }));
}

/** A row of the classic log (spec/12 B.1); null while the chain is shorter than an hour of shares. */
export function statRow(view: NodeView, now: number): Record<string, unknown> | null {
  const { figures } = view;
  const { hour } = figures;
  if (hour === null || (figures.best?.height ?? 0) < figures.hourOfShares) return null;
  const { total, dead, orphaned } = view.ownShares.counts();
  const rates = minerRates(view, now);
  const payout = payoutsNow(view).get(view.address) ?? 0n;
  const template = view.template();
  return {
    pool_hash_rate: figures.poolRate,
    pool_stale_prop: hour.staleFraction,
    local_hash_rates: Object.fromEntries(rates.all),
    local_dead_hash_rates: Object.fromEntries(rates.dead),
    shares: total,
    stale_shares: orphaned + dead,
    stale_shares_breakdown: { orphan: orphaned, doa: dead },
    current_payout: coins(payout),
    peers: peerCounts(view),
    attempts_to_share: Number(figures.attemptsToShare ?? 0n),
    attempts_to_block: Number(blockAttempts(view) ?? 0n),
    block_value: template === null ? null : coins(template.subsidy),
  };
}
