import { bitsToTarget } from "../core/compact.js";
import type { Timer } from "../platform/clock.js";
import { PayoutWindows } from "../sharechain/payout-windows.js";
import { expectedPayouts } from "../sharechain/payouts.js";
import { Income } from "./income.js";
import type { Scenario } from "./scenario.js";
import { SUBSIDY } from "./sim-coin.js";
import type { World } from "./sim-node.js";
import type { Member } from "./simulation.js";

/** Looks at tips are this far apart. */
const LOOK_MS = 1_000;
/** Parts of the time that agreement is averaged over. */
const TIMES = 120;
/** Looks until the payouts of a block are worked out again, in share periods. */
const PAYOUT_PERIODS = 10;

/** Looks at the nodes from outside while they run. */
export class Observer {
  /** Part of the nodes that stand on the commonest tip, summed over looks, and looks. */
  agreement = { sum: 0, looks: 0 };
  /** From the end of a partition until all nodes stand on one tip, milliseconds; null while they do not. */
  readonly convergence: { readonly healedAtMs: number; tookMs: number | null }[] = [];
  /** Looks that found a miner at work. */
  readonly active: Float64Array;
  /** Bytes that each node has sent while it was measured; until the end of that, before it began. */
  readonly sent: Float64Array;
  /** Payout of a miner from a block found at a sampled moment, as part of the block: sums over the samples. */
  readonly payouts: { readonly sum: Float64Array; readonly squares: Float64Array; samples: number };
  readonly income: Income;
  private readonly scenario: Scenario;
  private readonly world: World;
  private readonly members: readonly Member[];
  private readonly byAddress: Map<string, number>;
  private readonly timers: Timer[] = [];
  private readonly windows: PayoutWindows;
  private waiting = false;
  private readonly times: { sum: number; looks: number }[];

  constructor(scenario: Scenario, world: World, members: readonly Member[]) {
    this.scenario = scenario;
    this.world = world;
    this.members = members;
    this.byAddress = new Map(members.map(({ node }, i) => [node.options.address, i]));
    const { length } = members;
    this.active = new Float64Array(length);
    this.sent = new Float64Array(length);
    this.times = Array.from({ length: TIMES }, () => ({ sum: 0, looks: 0 }));
    this.payouts = { sum: new Float64Array(length), squares: new Float64Array(length), samples: 0 };
    this.income = new Income(length, this.byAddress);
    this.windows = new PayoutWindows(members[0]!.node.chain.tracker.rules);
  }

  start(): void {
    const { clock, coin } = this.world;
    coin.onFound = (block) => this.income.found(block, this.isCounting);
    this.timers.push(
      clock.after(1000 * this.scenario.warmup, () => {
        for (const [i, { node }] of this.members.entries()) this.sent[i] = node.sentBytes;
      }),
      clock.every(LOOK_MS, () => this.look()),
      clock.every(1000 * PAYOUT_PERIODS * this.scenario.sharePeriod, () => this.samplePayouts()),
    );
  }

  stop(): void {
    for (const timer of this.timers) timer.cancel();
    for (const [i, { node }] of this.members.entries()) this.sent[i] = node.sentBytes - this.sent[i]!;
  }

  healed(): void {
    this.convergence.push({ healedAtMs: this.world.clock.monotonicMs(), tookMs: null });
    this.waiting = true;
  }

  /** The tip that most of the running nodes stand on. */
  commonTip(): { readonly id: string | null; readonly part: number; readonly member: Member } {
    const counts = new Map<string | null, number>();
    let best = { id: null as string | null, count: 0, member: this.members[0]! };
    let running = 0;
    for (const member of this.members) {
      if (!member.node.isUp) continue;
      running++;
      const id = member.node.chain.best?.id ?? null;
      const count = (counts.get(id) ?? 0) + 1;
      counts.set(id, count);
      if (count > best.count) best = { id, count, member };
    }
    return { id: best.id, part: running === 0 ? 0 : best.count / running, member: best.member };
  }

  /** Mean agreement in each of equal parts of the time. */
  series(): number[] {
    return this.times.flatMap(({ sum, looks }) => (looks === 0 ? [] : [Number((sum / looks).toFixed(4))]));
  }

  private get isCounting(): boolean {
    return this.world.clock.monotonicMs() >= 1000 * this.scenario.warmup;
  }

  private look(): void {
    const { part } = this.commonTip();
    const elapsed = this.world.clock.monotonicMs() / (1000 * this.scenario.seconds);
    const time = this.times[Math.min(TIMES - 1, Math.floor(elapsed * TIMES))]!;
    time.sum += part;
    time.looks++;
    if (this.isCounting) {
      this.agreement.sum += part;
      this.agreement.looks++;
    }
    for (const [i, { miner, hash }] of this.members.entries()) {
      if (!miner.isMining) continue;
      this.income.worked(i, hash);
      if (this.isCounting) this.active[i]!++;
    }
    if (this.waiting && part === 1) {
      this.waiting = false;
      const last = this.convergence.at(-1)!;
      last.tookMs = this.world.clock.monotonicMs() - last.healedAtMs;
    }
  }

  private samplePayouts(): void {
    if (!this.isCounting) return;
    const { member } = this.commonTip();
    const { best, tracker } = member.node.chain;
    if (best === null) return;
    const { sum, squares } = this.payouts;
    this.payouts.samples++;
    for (const [address, amount] of expectedPayouts(
      best,
      bitsToTarget(this.world.bits),
      SUBSIDY,
      tracker.rules,
      this.windows,
    )) {
      const miner = this.byAddress.get(address);
      if (miner === undefined) continue;
      const part = Number(amount) / Number(SUBSIDY);
      sum[miner]! += part;
      squares[miner]! += part * part;
    }
  }
}
