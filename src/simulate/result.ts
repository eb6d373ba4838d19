import { proportion } from "../stats/confidence.js";
import { DELAY_BIN_MS, type MintedShare } from "./ledger.js";
import type { Observer } from "./observer.js";
import type { Behaviour, Scenario } from "./scenario.js";
import { POOL_RATE } from "./sim-network.js";
import type { World } from "./sim-node.js";
import type { Member } from "./simulation.js";

/** A part with the bounds of its 95 % confidence interval; null where there is nothing to tell it from. */
export type Part = ReturnType<typeof proportion>;

/** What became of the shares of some miners. */
interface ShareCounts {
  readonly shares: number;
  /** Came when the tip had moved on: late, and of no use. */
  readonly dead: Part;
  /** Came in time and are not in the chain. */
  readonly orphaned: Part;
}

export interface MinerResult extends ShareCounts {
  readonly behaviour: Behaviour;
  /** Part of the pool's hash rate. */
  readonly hash: number;
  /** Part of the hashes that the pool did while it was measured. */
  readonly done: number;
  readonly latencyMs: number;
  /** Work in the chain as a part of all in it, by the part of the hashes that he did: 1 is what is fair. */
  readonly efficiency: { readonly value: number; readonly low: number; readonly high: number } | null;
  /** Mean payout of a block as a part of it, by samples of the chain. */
  readonly payout: number;
  /** Standard deviation of that payout by its mean, over time. */
  readonly payoutVariation: number | null;
  /** Bytes a second that the node sent while it was measured. */
  readonly sentRate: number;
}

export interface GroupResult extends ShareCounts {
  readonly name: string;
  readonly miners: number;
  readonly hash: number;
  readonly latencyMs: number;
  readonly efficiency: MinerResult["efficiency"];
  /** Mean payout of a block to one miner as a part of what his hash rate is worth. */
  readonly payoutByHash: number | null;
  readonly payoutVariation: number | null;
  /** Mean of what blocks paid to one miner as a part of what his work is worth; null without blocks. */
  readonly paid: number | null;
  /** The same had each block been divided by the work since the last one, as pools do that pay by the round. */
  readonly paidByRounds: number | null;
  /** Mean seconds that the time of his shares is ahead of when they were made. */
  readonly ahead: number | null;
}

export interface Result {
  readonly scenario: Scenario;
  readonly chain: {
    readonly made: number;
    readonly inChain: number;
    /** Seconds from share to share in the chain. */
    readonly period: number | null;
    readonly dead: Part;
    readonly orphaned: Part;
  };
  readonly blocks: {
    readonly found: number;
    readonly accepted: number;
    /** Thrown away by who found them. */
    readonly withheld: number;
    /** Of the hash rate that there was. */
    readonly expected: number;
  };
  /** Milliseconds from a share's making until other nodes have verified it. */
  readonly spread: {
    readonly half: number | null;
    readonly ninety: number | null;
    readonly ninetyNine: number | null;
    /** Milliseconds, and the part of the nodes that have it by then. */
    readonly curve: readonly (readonly [ms: number, part: number])[];
  };
  /** Mean part of the nodes that stand on the commonest tip, that part at the end, and its means over equal times. */
  readonly agreement: { readonly mean: number; readonly end: number; readonly series: readonly number[] };
  /** Seconds until all nodes agreed after each partition; null if they did not. */
  readonly convergence: readonly (number | null)[];
  /** Bytes a second that a node sends while it is measured. */
  readonly bandwidth: { readonly mean: number; readonly most: number };
  readonly byBehaviour: readonly GroupResult[];
  readonly byLatency: readonly GroupResult[];
  readonly bySize: readonly GroupResult[];
  readonly miners: readonly MinerResult[];
}

/** Shares of the last moments may still become part of the chain or not, whatever they are worth: they do not count. */
const UNDECIDED_PERIODS = 5;
/** √2·erf⁻¹(0.95) */
const Z = 1.959964;

interface Tally {
  shares: number;
  dead: number;
  orphaned: number;
  /** Work in the chain, and the sum of its squares. */
  work: number;
  squares: number;
  /** Seconds that they are ahead of time, summed. */
  ahead: number;
}

export function resultOf(scenario: Scenario, world: World, members: readonly Member[], observer: Observer): Result {
  const tip = observer.commonTip();
  const inChain = world.ledger.chain(tip.id);
  const fromMs = 1000 * scenario.warmup;
  const toMs = 1000 * (scenario.seconds - UNDECIDED_PERIODS * scenario.sharePeriod);
  const tallies = members.map((): Tally => ({ shares: 0, dead: 0, orphaned: 0, work: 0, squares: 0, ahead: 0 }));
  let chained = 0;
  const times: number[] = [];
  for (const share of world.ledger.shares.values()) {
    if (share.madeAtMs < fromMs || share.madeAtMs >= toMs) continue;
    count(tallies[share.miner]!, share, inChain.has(share.id));
    if (!inChain.has(share.id)) continue;
    chained++;
    times.push(share.madeAtMs);
  }
  const all = sum(tallies);
  const work = all.work;
  // What the miners have done by the clock, not by what they happened to find.
  const seconds = (toMs - fromMs) / 1000;
  const { payouts } = observer;
  const active = members.map(({ hash }, i) => hash * observer.active[i]!);
  const activeSum = active.reduce((a, b) => a + b, 0);
  const done = active.map((value) => (activeSum === 0 ? 0 : value / activeSum));
  const miners = members.map((member, i): MinerResult => {
    const tally = tallies[i]!;
    const mean = payouts.samples === 0 ? 0 : payouts.sum[i]! / payouts.samples;
    const variance = payouts.samples === 0 ? 0 : Math.max(0, payouts.squares[i]! / payouts.samples - mean * mean);
    return {
      behaviour: member.behaviour,
      hash: member.hash,
      done: done[i]!,
      latencyMs: round(member.latencyMs, 1),
      ...counts(tally),
      efficiency: efficiencyOf(tally, work, done[i]!),
      payout: mean,
      payoutVariation: mean === 0 ? null : Math.sqrt(variance) / mean,
      sentRate: round(observer.sent[i]! / (scenario.seconds - scenario.warmup), 1),
    };
  });
  const group = (name: string, indices: readonly number[]): GroupResult => {
    const tally = sum(indices.map((i) => tallies[i]!));
    const of = indices.map((i) => miners[i]!);
    const hash = of.reduce((total, miner) => total + miner.hash, 0);
    const part = of.reduce((total, miner) => total + miner.done, 0);
    const variations = of.flatMap(({ payoutVariation }) => (payoutVariation === null ? [] : [payoutVariation]));
    return {
      name,
      miners: of.length,
      hash,
      latencyMs: round(mean(of.map(({ latencyMs }) => latencyMs)) ?? 0, 1),
      ...counts(tally),
      efficiency: efficiencyOf(tally, work, part),
      payoutByHash: part === 0 ? null : of.reduce((total, { payout }) => total + payout, 0) / part,
      payoutVariation: mean(variations),
      paid: incomeOf(observer.income.byBlocks, indices, part),
      paidByRounds: incomeOf(observer.income.byRounds, indices, part),
      ahead: tally.shares === 0 ? null : round(tally.ahead / tally.shares, 1),
    };
  };
  const indices = members.map((_, i) => i);
  const behaviours = [...new Set(members.map(({ behaviour }) => behaviour))];
  const { looks, sum: agreed } = observer.agreement;
  const rates = miners.map(({ sentRate }) => sentRate);
  const accepted = world.coin.blocks.filter(({ isAccepted }) => isAccepted).length;
  return {
    scenario,
    chain: {
      made: all.shares,
      inChain: chained,
      period: chained === 0 ? null : seconds / chained,
      ...pick(counts(all)),
    },
    blocks: {
      found: world.coin.blocks.length,
      accepted,
      withheld: members.reduce((total, { miner }) => total + miner.withheld, 0),
      expected: round((POOL_RATE * scenario.seconds) / (POOL_RATE * scenario.blockSeconds), 2),
    },
    spread: {
      half: quantile(world.ledger.delays, 0.5),
      ninety: quantile(world.ledger.delays, 0.9),
      ninetyNine: quantile(world.ledger.delays, 0.99),
      curve: CURVE.flatMap((part) => {
        const ms = quantile(world.ledger.delays, part);
        return ms === null ? [] : [[ms, part] as const];
      }),
    },
    agreement: { mean: looks === 0 ? 0 : agreed / looks, end: tip.part, series: observer.series() },
    convergence: observer.convergence.map(({ tookMs }) => (tookMs === null ? null : tookMs / 1000)),
    bandwidth: { mean: round(mean(rates) ?? 0, 1), most: Math.max(...rates) },
    byBehaviour: behaviours.map((behaviour) =>
      group(
        behaviour,
        indices.filter((i) => members[i]!.behaviour === behaviour),
      ),
    ),
    byLatency: quarters(indices, (i) => members[i]!.latencyMs).map((part, i) => group(QUARTERS[i]!, part)),
    bySize: quarters(indices, (i) => members[i]!.hash).map((part, i) => group(QUARTERS[i]!, part)),
    miners,
  };
}

/** Parts of the nodes by which the spread is drawn; the last few have long been offline. */
const CURVE = Array.from({ length: 50 }, (_, i) => Number(((i + 1) * 0.0198).toFixed(4)));

const QUARTERS = ["lowest quarter", "second quarter", "third quarter", "highest quarter"];

function count(tally: Tally, { onTime, work, ahead }: MintedShare, isInChain: boolean): void {
  tally.shares++;
  tally.ahead += ahead;
  if (isInChain) {
    tally.work += work;
    tally.squares += work * work;
  } else if (onTime) tally.orphaned++;
  else tally.dead++;
}

function sum(tallies: readonly Tally[]): Tally {
  const total: Tally = { shares: 0, dead: 0, orphaned: 0, work: 0, squares: 0, ahead: 0 };
  for (const tally of tallies) for (const key of Object.keys(total) as (keyof Tally)[]) total[key] += tally[key];
  return total;
}

function counts({ shares, dead, orphaned }: Tally): ShareCounts {
  return { shares, dead: proportion(dead, shares), orphaned: proportion(orphaned, shares) };
}

function pick({ dead, orphaned }: ShareCounts): Pick<ShareCounts, "dead" | "orphaned"> {
  return { dead, orphaned };
}

/** The number of shares is a Poisson variable: the bounds are those of its normal approximation. */
function efficiencyOf({ work, squares, shares }: Tally, all: number, hash: number): MinerResult["efficiency"] {
  if (all === 0 || hash === 0 || shares === 0) return null;
  const value = work / all / hash;
  const half = (Z * Math.sqrt(squares)) / all / hash;
  return { value, low: Math.max(0, value - half), high: value + half };
}

/** What some miners got of all that was paid, by their part of the work. */
function incomeOf(income: Float64Array, indices: readonly number[], done: number): number | null {
  const all = income.reduce((a, b) => a + b, 0);
  return all === 0 || done === 0 ? null : indices.reduce((total, i) => total + income[i]!, 0) / all / done;
}

function quarters(indices: readonly number[], key: (index: number) => number): number[][] {
  const sorted = indices.toSorted((a, b) => key(a) - key(b) || a - b);
  const parts = [0, 1, 2, 3].map((q) =>
    sorted.slice(Math.floor((q * sorted.length) / 4), Math.floor(((q + 1) * sorted.length) / 4)),
  );
  return parts.filter((part) => part.length > 0);
}

function quantile(bins: Float64Array, part: number): number | null {
  const total = bins.reduce((a, b) => a + b, 0);
  if (total === 0) return null;
  let seen = 0;
  for (const [i, bin] of bins.entries()) {
    seen += bin;
    if (seen >= part * total) return (i + 1) * DELAY_BIN_MS;
  }
  return null;
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
