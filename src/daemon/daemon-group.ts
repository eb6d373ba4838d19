import type { PoolNetwork } from "../networks/index.js";
import { type Clock, sleep } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { checkDaemon, type DaemonCheck, problemOf } from "./check-daemon.js";
import type { RpcClient } from "./rpc/index.js";
import { waitForDaemon } from "./start-checks.js";

export interface DaemonGroupOptions {
  /** In the order of preference; at least one. */
  readonly daemons: readonly RpcClient[];
  readonly network: Pick<PoolNetwork, "coin" | "softforksRequired">;
  readonly allowObsolete: boolean;
  /** Connections that the node itself has with a daemon's P2P port. */
  readonly ownConnections: (index: number) => number;
  /** Height that work is being made for; a daemon that is behind it is not gone back to. */
  readonly height: () => number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Another daemon gives the templates from now on. */
  readonly onSwitch: () => void;
}

/** Between looks at daemons that are preferred to the present one: as often as a template is asked for. */
const LOOK_MS = 15_000;
/** A daemon that does not answer a check in this time is passed over. */
const CHECK_TIMEOUT_MS = 10_000;

/**
 * The coin's daemons, of which one is asked: the first that can be mined on. If it stops answering the next one takes over
 * at once, and it comes back when it can be mined on again.
 *
 * Life: `start` waits for a first daemon; after `stop` has resolved no call or timer of it is left. The clients belong to
 * the caller.
 */
export class DaemonGroup {
  /** Calls that go to the active daemon. */
  readonly rpc: Pick<
    RpcClient,
    "getBlock" | "getBlockHeader" | "getBlockHeaderHex" | "getBlockTemplate" | "getNetworkInfo"
  > = {
    getBlock: (...given) => this.active.getBlock(...given),
    getBlockHeader: (...given) => this.active.getBlockHeader(...given),
    getBlockHeaderHex: (...given) => this.active.getBlockHeaderHex(...given),
    getBlockTemplate: (...given) => this.active.getBlockTemplate(...given),
    getNetworkInfo: (...given) => this.active.getNetworkInfo(...given),
  };
  private readonly options: DaemonGroupOptions;
  private readonly ending = new AbortController();
  private index = 0;
  private waitsFor: string | null = "its first answer";
  private watching: Promise<void> | null = null;
  private moving: Promise<void> | null = null;

  constructor(options: DaemonGroupOptions) {
    this.options = options;
  }

  /** The daemon to ask. */
  get active(): RpcClient {
    return this.options.daemons[this.index]!;
  }

  get activeIndex(): number {
    return this.index;
  }

  /** What the node waits for before it begins; null once it has a daemon. */
  get waitingFor(): string | null {
    return this.waitsFor;
  }

  /** Resolves once there is a daemon that can be mined on; false if it was stopped before. */
  async start(): Promise<boolean> {
    const { daemons, clock, log } = this.options;
    const { signal } = this.ending;
    const index = await waitForDaemon({
      checks: daemons.map((_, i) => () => this.check(i)),
      clock,
      log,
      signal,
      onProblem: (text) => {
        this.waitsFor = text;
      },
    });
    if (index === null) return false;
    this.waitsFor = null;
    if (index !== this.index) {
      log.warn({}, `the coin daemon ${daemons[0]!.endpoint} cannot be mined on: ${daemons[index]!.endpoint} is used`);
      this.index = index;
    }
    if (daemons.length > 1) this.watching = this.watch();
    return true;
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.watching;
    await this.moving;
  }

  /** The active daemon gave no template: the others are looked at, once at a time. */
  failed(reason: string): void {
    if (this.options.daemons.length === 1 || this.waitsFor !== null || this.ending.signal.aborted) return;
    this.moving ??= this.moveAway(reason).finally(() => {
      this.moving = null;
    });
  }

  private async moveAway(reason: string): Promise<void> {
    const { daemons } = this.options;
    const from = this.index;
    for (const i of daemons.keys()) {
      if (i === from) continue;
      const { problem } = await this.check(i);
      if (this.ending.signal.aborted || this.index !== from) return;
      if (problem !== null) continue;
      this.switchTo(i, `the coin daemon ${daemons[from]!.endpoint} gives no templates (${reason})`);
      return;
    }
  }

  /** Goes back to a daemon that is preferred. */
  private async watch(): Promise<void> {
    const { clock, daemons, height } = this.options;
    const { signal } = this.ending;
    while (!signal.aborted) {
      await sleep(clock, LOOK_MS, signal);
      for (let i = 0; i < this.index && !signal.aborted; i++) {
        const check = await this.check(i);
        if (signal.aborted || i >= this.index) break;
        if (check.problem !== null || check.height === null || check.height < height()) continue;
        this.switchTo(i, `the coin daemon ${daemons[i]!.endpoint} can be mined on again`);
      }
    }
  }

  private switchTo(index: number, why: string): void {
    this.index = index;
    this.options.log.warn({}, `${why}: work comes from ${this.active.endpoint} now`);
    this.options.onSwitch();
  }

  /** Never rejects. */
  private async check(index: number): Promise<DaemonCheck> {
    const { daemons, network, allowObsolete, ownConnections, clock } = this.options;
    const { signal } = this.ending;
    const limit = daemons.length > 1 ? { timeoutMs: CHECK_TIMEOUT_MS } : {};
    const given = { network, allowObsolete, ownConnections: ownConnections(index), now: clock.now() };
    try {
      return await checkDaemon({ ...given, rpc: daemons[index]! }, { signal, ...limit });
    } catch (error) {
      return { problem: problemOf(error), height: null, warnings: [] };
    }
  }
}
