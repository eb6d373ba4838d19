import { errorMessage } from "../core/errors.js";
import type { BlockHeights } from "../daemon/block-heights.js";
import type { PowPool } from "../platform/pow-pool.js";
import type { ShareError } from "../sharechain/errors.js";
import type { Store } from "../store/store.js";
import type { WebSide } from "../web/app.js";
import type { GetworkServer } from "../workers/getwork/server.js";
import type { WorkerPort } from "../workers/port.js";
import type { CoinLink } from "./coin-link.js";
import type { FoundBlocks } from "./found-blocks.js";
import { loadStoredShares } from "./load-shares.js";
import type { MergedMining } from "./merged-mining.js";
import type { PeerRecords } from "./peer-records.js";
import type { PoolNode } from "./pool-node.js";
import type { FactSource } from "./warnings/gather.js";

/** The node, and those of its parts that nobody else sees. */
export interface NodeParts {
  readonly node: PoolNode;
  readonly coin: CoinLink | null;
  readonly heights: BlockHeights;
  readonly merged: MergedMining;
  readonly foundBlocks: FoundBlocks;
  readonly peerRecords: PeerRecords;
  readonly facts: FactSource;
  readonly getwork: GetworkServer;
  readonly web: WebSide;
  readonly powPool: PowPool;
  readonly port: WorkerPort;
  readonly webPort: WorkerPort | null;
}

/** An end that takes longer says what it waits for. */
const IMPATIENT_MS = 4_000;

/**
 * In which order the parts of a node begin and end. `prepare`, if at all, then `start`, both once; then `stop`, at any time.
 */
export class LifeCycle {
  private readonly parts: NodeParts;
  /** The wait for a daemon that can be mined on. */
  private waited: Promise<void> | null = null;
  private preparing: Promise<void> = Promise.resolve();
  private starting: Promise<number> | null = null;
  private isFollowing = false;
  private isStopped = false;

  constructor(parts: NodeParts) {
    this.parts = parts;
  }

  prepare(copy: Store): Promise<void> {
    this.preparing = this.warmUp(copy).catch((error: unknown) => {
      const { log } = this.parts.node.options;
      log.warn({}, `not all could be prepared while another p2pool has the data: ${errorMessage(error)}`);
    });
    return this.preparing;
  }

  start(): Promise<number> {
    this.starting = this.begin();
    return this.starting;
  }

  async stop(): Promise<void> {
    const { store, clock, log } = this.parts.node.options;
    const impatient = clock.after(IMPATIENT_MS, () => {
      if (store === null || store.slowSeconds === 0) return;
      log.warn(
        { writes: store.waitingWrites },
        "the disk is slow: the end waits until it has all; a second signal ends at once, and what is not stored is lost",
      );
    });
    try {
      await this.end();
    } finally {
      impatient.cancel();
    }
  }

  private async end(): Promise<void> {
    this.isStopped = true;
    const { node, coin, facts, foundBlocks, getwork, merged, port, powPool, web, webPort } = this.parts;
    // The port is closed once its last socket is, and most of them are Stratum's.
    web.stop();
    const closed = Promise.all([port.stop(), webPort?.stop()]);
    await node.stratum.stop();
    getwork.stop();
    await closed;
    // What a miner found counts, though nobody is told of it any more.
    await node.work.settled();
    await this.preparing;
    await this.starting?.catch(() => undefined);
    await node.peering?.stop();
    await powPool.stop();
    node.warnings.stop();
    facts.stop();
    node.sync.stop();
    node.chain.stop();
    node.daemonInfo.stop();
    node.statistics.stop();
    await node.daemons.stop();
    await this.waited;
    await node.templates.stop();
    await foundBlocks.stop();
    await Promise.all([coin?.stop(), merged.stop()]);
    await node.options.store?.stop();
  }

  /** All that needs neither the store nor a port of its own. */
  private async warmUp(copy: Store): Promise<void> {
    const { node, peerRecords } = this.parts;
    const { log } = node.options;
    await copy.start();
    try {
      await peerRecords.borrow(copy.records);
      const onUnusable = (error: ShareError): void => log.debug({ code: error.code }, error.message);
      await loadStoredShares(copy.shares, node.chain.tracker, { onUnusable });
    } finally {
      await copy.stop();
    }
    if (this.isStopped) return;
    node.chain.evaluate();
    this.follow();
    this.waited = this.startTemplates();
    await node.peering?.start();
  }

  private async begin(): Promise<number> {
    const { node, facts, getwork, merged, port, web, webPort } = this.parts;
    await this.preparing;
    await this.load();
    await node.statistics.start();
    this.follow();
    node.stratum.start();
    getwork.start();
    node.work.subscribe(({ reason }) => web.feed.job(reason));
    web.start();
    facts.start();
    node.warnings.start();
    await node.peering?.start();
    // The daemon is asked last, so that of a port that is taken nothing else is said, unless the port is waited for.
    if (node.options.workerPort.ifTaken === "wait") this.waited ??= this.startTemplates();
    await webPort?.start();
    await node.stratum.ready();
    const bound = await port.start();
    merged.start();
    this.waited ??= this.startTemplates();
    return bound;
  }

  private follow(): void {
    if (this.isFollowing) return;
    this.isFollowing = true;
    this.followTemplates();
    this.parts.node.chain.start();
    this.parts.node.sync.start();
  }

  private followTemplates(): void {
    const { node, coin, foundBlocks, heights } = this.parts;
    let previousBlock: string | null = null;
    node.templates.subscribe((template) => {
      node.clockCheck.template(template);
      heights.setTip(template.previousBlock, template.height - 1);
      coin?.templateChanged(template);
      node.work.setTemplate(template);
      if (node.statistics.isRunning) node.statistics.templateFetched(node.templates.latencySeconds);
      node.chain.evaluate();
      if (template.previousBlock === previousBlock) return;
      previousBlock = template.previousBlock;
      node.coinTipAt = template.receivedAt;
      const { height, transactions } = template;
      foundBlocks.tipChanged(height - 1);
      node.options.onEvent({ type: "template", height, previousBlock, transactions: transactions.length });
    });
  }

  private async startTemplates(): Promise<void> {
    const { node, coin } = this.parts;
    // First, since some daemons give no work while they have no peer.
    await coin?.start();
    if (!(await node.daemons.start())) return;
    node.templates.start();
    node.daemonInfo.start();
  }

  private async load(): Promise<void> {
    const { node, foundBlocks, merged } = this.parts;
    const { store, onEvent } = node.options;
    if (store === null) return;
    if (!store.isOpen) await store.start();
    await foundBlocks.resume();
    merged.resume();
    onEvent({ type: "loaded", ...(await node.chain.load((id) => node.work.rememberOwnShare(id))) });
    node.chain.evaluate();
  }
}
