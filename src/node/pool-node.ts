import type { IncomingMessage, ServerResponse } from "node:http";
import { targetToDifficulty } from "../core/compact.js";
import type { Random } from "../core/random.js";
import { BlockHeights } from "../daemon/block-heights.js";
import type { RpcClient } from "../daemon/rpc/index.js";
import { submitBlock } from "../daemon/submit-block.js";
import { TemplateSource } from "../daemon/template-source.js";
import { COINS, type PoolNetwork } from "../networks/index.js";
import { type Clock, sleep } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { ShareRules } from "../sharechain/rules.js";
import type { ShareNode } from "../sharechain/share-node.js";
import { Tracker } from "../sharechain/tracker.js";
import type { Store } from "../store/store.js";
import { WebSide } from "../web/app.js";
import { statRow } from "../web/classic/figures.js";
import type { NodeView } from "../web/view.js";
import type { FoundBlock, FoundShare } from "../work/solution.js";
import { WorkMaker } from "../work/work-maker.js";
import { WorkerPort } from "../workers/port.js";
import { StratumServer } from "../workers/stratum/server.js";
import { DaemonInfoSource } from "./daemon-info.js";
import type { BlockRecord, NodeEvent } from "./events.js";
import { Peering, type PeeringSettings } from "./peering.js";
import { ShareChain } from "./share-chain.js";
import { NodeStatistics } from "./statistics.js";
import { nodeView } from "./web-view.js";

export interface PoolNodeOptions {
  readonly network: PoolNetwork;
  /** The node's own payout address, checked by the caller. */
  readonly address: string;
  readonly rpc: RpcClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly donationPercent: number;
  readonly coinbaseTexts: readonly Uint8Array[];
  readonly solo: boolean;
  /** Seconds from pseudo-share to pseudo-share of a connection. */
  readonly shareSeconds: number;
  /** Lowest difficulty of pseudo-shares, as miners see it. */
  readonly minDifficulty: number;
  /** Where miners and browsers connect. */
  readonly workerPort: { readonly host: string; readonly port: number; readonly ifTaken: "fail" | "next" };
  /** How it meets other nodes; null for a pool of one. */
  readonly peering: PeeringSettings | null;
  readonly version: string;
  /** Where browsers connect; null for the miners' port. */
  readonly webBind: { readonly host: string; readonly port: number } | null;
  /** For what only operators may see; null lets this machine. */
  readonly webPassword: string | null;
  /** Folder of another front-end; null for the built-in one. */
  readonly webStatic: string | null;
  /** Where shares and blocks are kept; null for nowhere. Started and stopped by the node. */
  readonly store: Store | null;
  readonly onEvent: (event: NodeEvent) => void;
}

/** Longest wait at the end for the daemon's word on a block that is on its way. */
const SUBMIT_GRACE_MS = 1_500;
/** Found blocks remembered for the pages. */
const MAX_BLOCK_RECORDS = 50;

/**
 * A pool node on top of a coin daemon: template and tip become jobs, solutions become shares and blocks.
 *
 * Life: work begins with the first template after `start`. After `stop` has resolved no timer, call or
 * connection of it is left; the RPC client belongs to the caller.
 */
export class PoolNode {
  readonly chain: ShareChain;
  readonly work: WorkMaker;
  readonly stratum: StratumServer;
  readonly templates: TemplateSource;
  readonly options: PoolNodeOptions;
  readonly startedAt: number;
  /** Null for a pool of one. */
  readonly peering: Peering | null;
  readonly statistics: NodeStatistics;
  readonly daemonInfo: DaemonInfoSource;
  private readonly view: NodeView;
  private readonly web: WebSide;
  /** When the coin's newest block was first seen, seconds since 1970. */
  coinTipAt: number | null = null;
  private readonly port: WorkerPort;
  /** Null where browsers connect to the miners' port. */
  private readonly webPort: WorkerPort | null;
  private readonly heights: BlockHeights;
  private readonly submissions = new Set<Promise<void>>();
  private readonly handedIn = new Map<string, BlockRecord>();
  private readonly stopping = new AbortController();

  constructor(options: PoolNodeOptions) {
    this.options = options;
    const { network, rpc, clock, random, log } = options;
    this.startedAt = clock.now();
    const tracker = new Tracker(new ShareRules(network));
    this.templates = new TemplateSource({ rpc, coin: network.coin, clock, logger: log });
    this.heights = new BlockHeights({ getBlockHeader: (hash) => rpc.getBlockHeader(hash), clock, log });
    this.work = new WorkMaker({
      tracker,
      address: options.address,
      now: () => clock.now(),
      random,
      donationPercent: options.donationPercent,
      coinbaseTexts: options.coinbaseTexts,
      solo: options.solo,
      peerCount: () => this.peering?.count ?? 0,
      knownCoins: COINS,
      effects: {
        block: (found) => this.blockFound(found),
        share: (found) => this.shareFound(found),
        judged: (judged) => {
          const result = this.statistics.judged(judged);
          const difficulty = targetToDifficulty(judged.pseudoTarget);
          this.web.feed.pseudoshare({ username: judged.worker, difficulty, result });
        },
        jobMade: (address, shareTarget) => this.statistics.jobMade(address, shareTarget),
        failed: (error, doing) => log.error({ err: error }, `${doing} failed`),
      },
    });
    this.daemonInfo = new DaemonInfoSource({ rpc, clock });
    this.statistics = new NodeStatistics({
      tracker,
      clock,
      log,
      store: options.store,
      rpc,
      address: options.address,
      isLateOwnShare: (id) => this.work.isLateOwnShare(id),
      template: () => this.work.currentTemplate,
      peers: () => this.peering?.peers ?? [],
      workerCount: () => this.stratum.stats({ workers: 0 }).authorized,
      statRow: () => statRow(this.view, clock.now()),
      onBlock: (hash) => this.web.feed.block(hash),
      onVerified: (node) => this.web.feed.share(node),
    });
    this.chain = new ShareChain({
      tracker,
      heights: this.heights,
      clock,
      random,
      log,
      store: options.store?.shares ?? null,
      onBest: (best) => {
        this.work.setBest(best);
        const before = this.statistics.figures.best;
        this.statistics.figures.setBest(best);
        this.web.feed.tip(best, before);
        this.peering?.tipChanged(best);
        if (best !== null) options.onEvent({ type: "tip", id: best.id, height: best.height });
      },
      onWanted: () => this.peering?.wantedChanged(),
      onRefused: (refusal) => {
        this.peering?.refused(refusal);
        options.onEvent({ type: "share-refused", id: refusal.node.id, reason: refusal.verdict.reason });
      },
    });
    const { peering, store, version } = options;
    this.peering =
      peering === null
        ? null
        : new Peering({
            settings: peering,
            chain: this.chain,
            clock,
            random,
            log,
            version,
            template: () => this.templates.current,
            records: store?.records ?? null,
          });
    this.stratum = new StratumServer({
      workSource: this.work,
      clock,
      random,
      log,
      shareSeconds: options.shareSeconds,
      minDifficulty: options.minDifficulty,
      dumbScryptDifficulty: network.coin.dumbScryptDifficulty,
    });
    this.view = nodeView(this);
    this.web = new WebSide({
      view: this.view,
      clock,
      random,
      log,
      password: options.webPassword,
      staticDir: options.webStatic,
    });
    this.port = new WorkerPort({
      host: options.workerPort.host,
      port: options.workerPort.port,
      ifTaken: options.workerPort.ifTaken,
      stratum: this.stratum,
      http: options.webBind === null ? this.web.listener : refuseHttp,
      clock,
      log,
    });
    this.webPort =
      options.webBind === null
        ? null
        : new WorkerPort({
            ...options.webBind,
            ifTaken: "fail",
            stratum: { handle: (socket) => socket.destroy() },
            http: this.web.listener,
            clock,
            log,
          });
  }

  /** Null until the worker port is bound. */
  get boundPort(): number | null {
    return this.port.boundPort;
  }

  /** Of the web side; null until it is bound. */
  get webBoundPort(): number | null {
    return (this.webPort ?? this.port).boundPort;
  }

  /** Where the web side answers; null until it is bound. */
  get webUrl(): string | null {
    const { webBind } = this.options;
    const port = this.webPort?.boundPort ?? null;
    if (webBind === null || port === null) return null;
    return `http://${webBind.host.includes(":") ? `[${webBind.host}]` : webBind.host}:${port}/`;
  }

  /** Blocks that this node found, newest first. */
  get blocks(): readonly BlockRecord[] {
    return [...this.handedIn.values()].reverse();
  }

  /** Resolves with the worker port once it is bound. @throws WorkerPortError, StoreError */
  async start(): Promise<number> {
    await this.load();
    await this.statistics.start();
    let previousBlock: string | null = null;
    this.templates.subscribe((template) => {
      this.heights.setTip(template.previousBlock, template.height - 1);
      this.work.setTemplate(template);
      this.statistics.templateFetched(this.templates.latencySeconds);
      this.chain.evaluate();
      if (template.previousBlock === previousBlock) return;
      previousBlock = template.previousBlock;
      this.coinTipAt = template.receivedAt;
      const { height, transactions } = template;
      this.options.onEvent({ type: "template", height, previousBlock, transactions: transactions.length });
    });
    this.stratum.start();
    this.work.subscribe(({ reason }) => this.web.feed.job(reason));
    this.web.start();
    this.chain.start();
    // The daemon is asked last, so that of a port that is taken nothing else is said.
    await this.peering?.start();
    await this.webPort?.start();
    const port = await this.port.start();
    this.templates.start();
    this.daemonInfo.start();
    return port;
  }

  private async load(): Promise<void> {
    const { store, onEvent } = this.options;
    if (store === null) return;
    await store.start();
    onEvent({ type: "loaded", ...(await this.chain.load(() => {})) });
    this.chain.evaluate();
  }

  async stop(): Promise<void> {
    // The port is closed once its last socket is, and most of them are Stratum's.
    this.web.stop();
    const closed = this.port.stop();
    this.stratum.stop();
    await closed;
    await this.webPort?.stop();
    await this.peering?.stop();
    this.chain.stop();
    this.daemonInfo.stop();
    this.statistics.stop();
    await this.templates.stop();
    // A block on its way is worth a moment; a daemon that does not answer is not worth more.
    const { clock } = this.options;
    const grace = new AbortController();
    await Promise.race([Promise.all(this.submissions), sleep(clock, SUBMIT_GRACE_MS, grace.signal)]);
    grace.abort();
    this.stopping.abort();
    await Promise.all(this.submissions);
    await this.options.store?.stop();
  }

  private shareFound({ share, onTime, worker, isBlock }: FoundShare): void {
    this.peering?.holdBack(share.id);
    const node = this.chain.addOwn(share, onTime);
    if (node === null) this.peering?.release(share.id);
    else void this.keep(node);
    this.statistics.shareMade(share.id, share.work, onTime);
    if (node !== null && isBlock) this.statistics.noticeBlock(node);
    // One that was on time is told of when it is verified.
    if (node !== null && !onTime) this.web.feed.share(node);
    this.options.onEvent({
      type: "share",
      id: share.id,
      parent: share.parentId,
      height: node?.height ?? null,
      address: share.address,
      worker,
      work: share.work,
      donation: share.info.data.donation,
      difficulty: targetToDifficulty(share.target),
      onTime,
      isBlock,
    });
  }

  /** Makes a share of our own durable, then tells peers: else they could hold one that we lost (spec/08 §6.1). */
  private async keep(node: ShareNode): Promise<void> {
    const { store, log } = this.options;
    try {
      await store?.shares.addOwn(node.item.share, node.item.seenAt);
    } catch (error) {
      log.error({ err: error }, "a share of our own could not be stored yet");
    }
    this.peering?.release(node.id);
  }

  /** Hands a block in, once, in the same turn of the event loop in which it was found (spec/10 §11.2). */
  private blockFound(found: FoundBlock): void {
    if (this.handedIn.has(found.hash)) return;
    const { rpc, clock, log, onEvent } = this.options;
    const submission = submitBlock(found.bytes, { rpc, clock, logger: log, signal: this.stopping.signal })
      .then(({ accepted, reason, judged }) => {
        const judgedRecord: BlockRecord = { ...record, accepted: judged ? accepted : null, reason };
        this.handedIn.set(found.hash, judgedRecord);
        onEvent({ type: "block-judged", ...judgedRecord });
        if (accepted) this.templates.blockAnnounced();
        else if (judged) this.statistics.blockRefused(found.hash);
      })
      .catch((error: unknown) => log.error({ err: error }, "submitting a block failed"))
      .finally(() => this.submissions.delete(submission));
    this.submissions.add(submission);
    const { hash, height, worker, subsidy, foundAt, payees, donation } = found;
    const record: BlockRecord = {
      hash,
      height,
      worker,
      subsidy,
      foundAt,
      payees,
      donation,
      accepted: null,
      reason: null,
    };
    if (this.handedIn.size >= MAX_BLOCK_RECORDS) {
      const oldest = this.handedIn.keys().next();
      if (!oldest.done) this.handedIn.delete(oldest.value);
    }
    this.handedIn.set(hash, record);
    onEvent({ type: "block-found", ...record });
  }
}

/** The web side is elsewhere. */
function refuseHttp(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404, { "Content-Type": "text/plain" });
  response.end("There is nothing here.\n");
}
