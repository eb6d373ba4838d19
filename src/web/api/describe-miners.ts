import type { z } from "zod";
import { difficultyToTarget, targetToAttempts } from "../../core/compact.js";
import type { SubmissionResult } from "../../stats/local-work.js";
import { addRates } from "../../stats/miner-rates.js";
import { payoutsNow } from "../classic/figures.js";
import type { WorkerSummary } from "../view.js";
import type { ApiContext } from "./resource.js";
import type * as schemas from "./schemas.js";

type Miner = z.input<typeof schemas.miner>;

/** Workers shown of one miner, the busiest first. */
const MAX_WORKERS = 200;

/** Workers by payee, as the classic names say it: `payee` or `payee.worker`. */
export function workersByPayee({ view }: ApiContext): ReadonlyMap<string, readonly WorkerSummary[]> {
  const byPayee = new Map<string, WorkerSummary[]>();
  for (const worker of view.stratum().workers) {
    const payee = worker.name.split(".")[0]!;
    const known = byPayee.get(payee);
    if (known === undefined) byPayee.set(payee, [worker]);
    else known.push(worker);
  }
  return byPayee;
}

/** Null for an address that neither works here nor is paid. */
export function describeMiner(context: ApiContext, address: string, summaries: readonly WorkerSummary[]): Miner | null {
  const { view } = context;
  const payouts = payoutsNow(view);
  const amount = payouts.get(address);
  const isLocal = summaries.length > 0;
  if (!isLocal && amount === undefined) return null;
  const nowMs = context.monotonicMs();
  const workers = summaries.map((summary) => describeWorker(context, summary, nowMs));
  const rate = addRates(workers.map((worker) => worker.rate));
  const shareDifficulty = view.localWork.lastDifficulties.get(address) ?? null;
  const total = [...payouts.values()].reduce((sum, sat) => sum + sat, 0n);
  const userRates = view.localWork.rates(context.now()).filter(({ user }) => user.split(".")[0] === address);
  const work = userRates.reduce((sum, user) => sum + user.rate, 0);
  const dead = userRates.reduce((sum, user) => sum + user.deadRate, 0);
  const submits = summaries.flatMap(({ lastSubmitAt }) => lastSubmitAt ?? []);
  return {
    address,
    local: isLocal,
    rate,
    deadFraction: work === 0 ? null : dead / work,
    workerCount: summaries.length,
    lastSubmitAt: submits.length === 0 ? null : Math.max(...submits),
    shareDifficulty,
    expectedShareSeconds: expectedSeconds(shareDifficulty, rate["10m"] ?? rate["1m"]),
    window: view.figures.countsOf(address),
    payout:
      amount === undefined
        ? null
        : { amountSat: String(amount), fraction: total === 0n ? 0 : Number(amount) / Number(total) },
    bestDifficulty: view.best.of(address),
    blocks: view.blocks.list.filter(({ finder, status }) => finder === address && status !== "rejected").length,
    workers: workers
      .sort((a, b) => (b.rate["10m"] ?? 0) - (a.rate["10m"] ?? 0) || (a.name < b.name ? -1 : 1))
      .slice(0, MAX_WORKERS),
  };
}

function describeWorker({ view }: ApiContext, summary: WorkerSummary, nowMs: number): z.input<typeof schemas.worker> {
  const [, ...name] = summary.name.split(".");
  return {
    name: name.join("."),
    rate: view.minerRates.of(summary.name, nowMs),
    deadFraction: summary.deadFraction,
    difficulty: summary.difficulty,
    connections: summary.connections,
    userAgent: summary.userAgent,
    lastSubmitAt: summary.lastSubmitAt,
    results: summary.results,
  };
}

/** Seconds of work for a share of this difficulty; null where the rate or the difficulty is not known. */
function expectedSeconds(difficulty: number | null, rate: number | null): number | null {
  if (difficulty === null || rate === null || rate <= 0) return null;
  return Number(targetToAttempts(difficultyToTarget(difficulty))) / rate;
}

export function withoutWorkers({ workers: _, ...item }: Miner): z.input<typeof schemas.minerItem> {
  return item;
}

/** Totals of all miners. */
export function describeStratum({ view }: ApiContext): z.input<typeof schemas.stratum> {
  const { connections, authorized, results, workers } = view.stratum();
  const agents = new Map<string, number>();
  const difficulties = new Map<number, number>();
  const addresses = new Set<string>();
  for (const { name, userAgent, difficulty, connections: open } of workers) {
    if (open === 0) continue;
    addresses.add(name.split(".")[0]!);
    if (userAgent !== null) agents.set(userAgent, (agents.get(userAgent) ?? 0) + 1);
    // By powers of two: every miner's own number would say nothing.
    if (difficulty !== null && difficulty > 0) {
      const power = 2 ** Math.floor(Math.log2(difficulty));
      difficulties.set(power, (difficulties.get(power) ?? 0) + 1);
    }
  }
  return {
    connections,
    workers: authorized,
    addresses: addresses.size,
    results: results satisfies Readonly<Record<SubmissionResult, number>>,
    userAgents: [...agents]
      .sort((a, b) => b[1] - a[1])
      .slice(0, 20)
      .map(([name, count]) => ({ name, workers: count })),
    difficulties: [...difficulties]
      .sort((a, b) => a[0] - b[0])
      .map(([difficulty, count]) => ({ difficulty, workers: count })),
  };
}
