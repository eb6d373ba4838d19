import assert from "node:assert/strict";
import type { Database } from "../../../../src/store/database.js";
import { SkippingClock } from "../../../support/skipping-clock.js";
import { TestChain } from "../../../unit/peers/support/chain.js";
import { ChainNode, NETWORK } from "./chain-node.js";
import { Liar } from "./liar.js";
import { TcpProxy } from "./tcp-proxy.js";

const STEP_MS = 100;
/** Virtual time within which nodes that can reach each other have to agree: a fixed node is dialled again after five minutes. */
const PATIENCE_MS = 600_000;

/** Shares that all begin with: more than a chain length, so that what is verified counts by its work. */
const BEGINNING = 45;

export interface PoolOptions {
  readonly count: number;
  readonly seed?: number;
  /** Where each node keeps its shares; in memory by default. */
  readonly database?: (index: number) => Database;
}

/** Several nodes, each joined with each other by a stretch of network of its own. */
export class Pool {
  readonly clock = new SkippingClock();
  readonly nodes: ChainNode[] = [];
  private readonly options: PoolOptions;
  /** By the one who dials and the one who is dialled, the lower index first. */
  private readonly links = new Map<string, TcpProxy>();

  private readonly dead = new Set<number>();
  private readonly liars: Liar[] = [];

  private constructor(options: PoolOptions) {
    this.options = options;
  }

  static async start(options: PoolOptions): Promise<Pool> {
    const pool = new Pool(options);
    await pool.begin();
    return pool;
  }

  link(a: number, b: number): TcpProxy {
    return this.links.get(a < b ? `${a} ${b}` : `${b} ${a}`)!;
  }

  /** Separates these nodes from all others. */
  cut(group: readonly number[]): void {
    this.eachLink((a, b, link) => {
      if (group.includes(a) !== group.includes(b)) link.cut();
    });
  }

  healAll(): void {
    this.eachLink((_a, _b, link) => {
      link.heal();
      link.lagMs = 0;
    });
  }

  /** Ends a node without a word to the others. */
  async kill(index: number): Promise<void> {
    this.dead.add(index);
    this.eachLink((a, b, link) => {
      if (a === index || b === index) link.cut();
    });
    await this.nodes[index]!.stop();
  }

  /** Starts it again on what it had stored. */
  async restart(index: number): Promise<void> {
    this.dead.delete(index);
    await this.startNode(index, []);
    this.eachLink((a, b, link) => {
      if (a === index || b === index) link.heal();
    });
  }

  isDead(index: number): boolean {
    return this.dead.has(index);
  }

  /** Sends somebody to a node who lies to it. */
  async lieTo(index: number): Promise<Liar> {
    const liar = await Liar.tell(this.nodes[index]!, `127.${20 + this.liars.length}.0.1`, this.clock);
    this.liars.push(liar);
    return liar;
  }

  get tips(): (string | null)[] {
    return this.nodes.map(({ tip }) => tip?.id ?? null);
  }

  get hasAgreed(): boolean {
    return new Set(this.tips).size === 1;
  }

  run(milliseconds: number): Promise<void> {
    return this.clock.skip(milliseconds);
  }

  async until(what: () => boolean, label: string): Promise<void> {
    for (let passed = 0; !what(); passed += STEP_MS) {
      assert.ok(passed < PATIENCE_MS, `not so after ${PATIENCE_MS} ms: ${label}`);
      await this.run(STEP_MS);
    }
  }

  /**
   * All come to the same tip. Where two chains have the same work each keeps the one it saw first, so that one more share may
   * have to decide.
   */
  async agree(): Promise<void> {
    const highest = Math.max(...this.nodes.map(({ tip }) => tip?.height ?? 0));
    await this.until(() => this.nodes.every(({ tip }) => (tip?.height ?? 0) >= highest), "all at the greatest height");
    const last = await this.nodes[0]!.mine();
    await this.until(() => this.tips.every((tip) => tip === last), "the same tip");
    for (const { chain } of this.nodes) {
      assert.ok(chain.tracker.verified.height(chain.best!.id) >= NETWORK.chainLength);
      for (const { bad } of this.liars) assert.ok(!chain.tracker.verified.has(bad), "a bad share is verified");
    }
  }

  async stop(): Promise<void> {
    for (const liar of this.liars) liar.end();
    await Promise.all(this.nodes.filter((_, index) => !this.isDead(index)).map((node) => node.stop()));
    const stopping: Promise<void>[] = [];
    this.eachLink((_a, _b, link) => void stopping.push(link.stop()));
    await Promise.all(stopping);
  }

  private async begin(): Promise<void> {
    const chain = new TestChain({ network: NETWORK, clock: this.clock });
    const tip = chain.extend(BEGINNING);
    const shares = [...tip.chain(BEGINNING)].reverse().map(({ item }) => item.share.raw);
    const { count } = this.options;
    for (let a = 0; a < count; a++) {
      for (let b = a + 1; b < count; b++) {
        const link = new TcpProxy({ clock: this.clock });
        await link.start();
        this.links.set(`${a} ${b}`, link);
      }
    }
    for (let index = 0; index < count; index++) await this.startNode(index, shares);
    await this.until(() => this.nodes.every(({ peering }) => peering.count === count - 1), "all connected");
  }

  private async startNode(index: number, shares: readonly Uint8Array[]): Promise<void> {
    const { count, seed = 1, database } = this.options;
    const dials: number[] = [];
    for (let other = index + 1; other < count; other++) dials.push(this.link(index, other).port);
    const node = new ChainNode({
      clock: this.clock,
      seed: seed + 1_000 * index + Math.floor(this.clock.monotonicMs()),
      dials,
      ...(database === undefined ? {} : { database: database(index) }),
    });
    this.nodes[index] = node;
    await node.start(shares);
    for (let other = 0; other < index; other++) this.link(other, index).targetPort = node.port;
  }

  private eachLink(action: (a: number, b: number, link: TcpProxy) => void): void {
    for (const [key, link] of this.links) {
      const [a, b] = key.split(" ").map(Number) as [number, number];
      action(a, b, link);
    }
  }
}
