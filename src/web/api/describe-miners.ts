import type { z } from "zod";
import { difficultyToTarget, targetToAttempts } from "../../core/compact.js";
import type { ShareNode } from "../../sharechain/share-node.js";
import { addRates, type SpanRates } from "../../stats/miner-rates.js";
import { payoutsNow } from "../classic/figures.js";
import type { WorkerSummary } from "../view.js";
import type { ApiContext } from "./resource.js";
import type * as schemas from "./schemas.js";

type Miner = z.input<typeof schemas.miner>;
type MinerItem = z.input<typeof schemas.minerItem>;
type Worker = z.input<typeof schemas.worker>;

/** Workers shown of one miner, the busiest first; all are in a list of their own. */
const MAX_WORKERS = 200;

interface Local {
  readonly summaries: WorkerSummary[];
  /** Hashes per second of the last ten minutes, all and dead. */
  work: number;
  dead: number;
}

type MinerContext = Pick<ApiContext, "view" | "now" | "monotonicMs">;

/** How old a table may be: with ten thousand workers it takes 30 ms to make, and anybody may ask. */
const TABLE_MS = 1000;

/** The table of the miners, for all answers of a second that come on the same tip. */
export class MinerTables {
  private readonly context: MinerContext;
  private last: { readonly table: MinerTable; readonly best: ShareNode | null; readonly atMs: number } | null = null;

  constructor(context: MinerContext) {
    this.context = context;
  }

  get current(): MinerTable {
    const { last, context } = this;
    const atMs = context.monotonicMs();
    const { best } = context.view.figures;
    if (last !== null && last.best === best && atMs - last.atMs < TABLE_MS) return last.table;
    const table = new MinerTable(context);
    this.last = { table, best, atMs };
    return table;
  }
}

/**
 * The miners as answers need them: what all share is worked out once, and only those that are shown are described. A
 * worker's name is `payee` or `payee.worker`.
 */
export class MinerTable {
  private readonly context: MinerContext;
  private readonly nowMs: number;
  private readonly byPayee = new Map<string, Local>();
  private readonly payouts: ReadonlyMap<string, bigint>;
  private readonly totalPayout: bigint;
  private sorted: readonly string[] | null = null;

  constructor(context: MinerContext) {
    this.context = context;
    const { view } = context;
    this.nowMs = context.monotonicMs();
    this.payouts = payoutsNow(view);
    this.totalPayout = [...this.payouts.values()].reduce((sum, sat) => sum + sat, 0n);
    for (const worker of view.stratum().workers) this.open(payeeOf(worker.name)).summaries.push(worker);
    for (const { user, rate, deadRate } of view.localWork.rates(context.now())) {
      const local = this.byPayee.get(payeeOf(user));
      if (local === undefined) continue;
      local.work += rate;
      local.dead += deadRate;
    }
  }

  /** Local ones, the fastest of the last ten minutes first. */
  addresses(): readonly string[] {
    this.sorted ??= [...this.byPayee]
      .sort(([a, x], [b, y]) => y.work - x.work || (a < b ? -1 : 1))
      .map(([address]) => address);
    return this.sorted;
  }

  /** Null for an address that neither works here nor is paid. */
  item(address: string): MinerItem | null {
    const { view } = this.context;
    const local = this.byPayee.get(address);
    const amount = this.payouts.get(address);
    if (local === undefined && amount === undefined) return null;
    const { summaries, work, dead } = local ?? { summaries: [], work: 0, dead: 0 };
    const rate = addRates(summaries.map(({ name }) => view.minerRates.of(name, this.nowMs)));
    const shareDifficulty = view.localWork.lastDifficulties.get(address) ?? null;
    const submits = summaries.flatMap(({ lastSubmitAt }) => lastSubmitAt ?? []);
    return {
      address,
      local: local !== undefined,
      rate,
      deadFraction: work === 0 ? null : dead / work,
      workerCount: summaries.length,
      lastSubmitAt: submits.length === 0 ? null : submits.reduce((last, at) => Math.max(last, at)),
      shareDifficulty,
      expectedShareSeconds: expectedSeconds(shareDifficulty, rate["10m"] ?? rate["1m"]),
      window: view.figures.countsOf(address),
      payout: amount === undefined ? null : { amountSat: String(amount), fraction: this.fractionOf(amount) },
      bestDifficulty: view.best.of(address),
      blocks: view.blocks.list.filter(({ finder, status }) => finder === address && status !== "rejected").length,
    };
  }

  miner(address: string): Miner | null {
    const item = this.item(address);
    return item === null ? null : { ...item, workers: this.workers(address).slice(0, MAX_WORKERS) };
  }

  /** The busiest first. */
  workers(address: string): Worker[] {
    const workers = this.byPayee.get(address)?.summaries.map((summary) => this.worker(summary)) ?? [];
    return workers.sort((a, b) => (b.rate["10m"] ?? 0) - (a.rate["10m"] ?? 0) || (a.name < b.name ? -1 : 1));
  }

  private worker(summary: WorkerSummary): Worker {
    const [, ...name] = summary.name.split(".");
    return {
      name: name.join("."),
      rate: this.context.view.minerRates.of(summary.name, this.nowMs) satisfies SpanRates,
      deadFraction: summary.deadFraction,
      difficulty: summary.difficulty,
      connections: summary.connections,
      userAgent: summary.userAgent,
      coinbase: summary.coinbase,
      lastSubmitAt: summary.lastSubmitAt,
      results: summary.results,
    };
  }

  private open(payee: string): Local {
    let local = this.byPayee.get(payee);
    if (local === undefined) {
      local = { summaries: [], work: 0, dead: 0 };
      this.byPayee.set(payee, local);
    }
    return local;
  }

  private fractionOf(amount: bigint): number {
    return this.totalPayout === 0n ? 0 : Number(amount) / Number(this.totalPayout);
  }
}

export function payeeOf(name: string): string {
  return name.split(".", 1)[0]!;
}

/** Seconds of work for a share of this difficulty; null where the rate or the difficulty is not known. */
function expectedSeconds(difficulty: number | null, rate: number | null): number | null {
  if (difficulty === null || rate === null || rate <= 0) return null;
  return Number(targetToAttempts(difficultyToTarget(difficulty))) / rate;
}

/** Totals of all miners. */
export function describeStratum({ view }: ApiContext): z.input<typeof schemas.stratum> {
  const { connections, authorized, results, workers } = view.stratum();
  const agents = new Map<string, number>();
  const difficulties = new Map<number, number>();
  const addresses = new Set<string>();
  for (const { name, userAgent, difficulty, connections: open } of workers) {
    if (open === 0) continue;
    addresses.add(payeeOf(name));
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
    results,
    userAgents: [...agents]
      .sort((a, b) => b[1] - a[1])
      .slice(0, 20)
      .map(([name, count]) => ({ name, workers: count })),
    difficulties: [...difficulties]
      .sort((a, b) => a[0] - b[0])
      .map(([difficulty, count]) => ({ difficulty, workers: count })),
  };
}
