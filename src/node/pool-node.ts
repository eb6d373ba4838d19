import type { BlockHeader } from "../bitcoin/block.js";
import { targetToDifficulty } from "../core/compact.js";
import { Histogram } from "../core/histogram.js";
import { BlockHeights } from "../daemon/block-heights.js";
import { DaemonGroup } from "../daemon/daemon-group.js";
import { TemplateSource } from "../daemon/template-source.js";
import { COINS } from "../networks/index.js";
import { PowPool } from "../platform/pow-pool.js";
import { PayoutWindows } from "../sharechain/payout-windows.js";
import { ShareRules } from "../sharechain/rules.js";
import type { ShareNode } from "../sharechain/share-node.js";
import { Tracker } from "../sharechain/tracker.js";
import type { Store } from "../store/store.js";
import { WebSide } from "../web/app.js";
import { statRow } from "../web/classic/figures.js";
import type { NodeView } from "../web/view.js";
import type { FoundShare } from "../work/solution.js";
import { WorkMaker } from "../work/work-maker.js";
import { Bans } from "../workers/bans.js";
import type { MinerService } from "../workers/miner-service.js";
import { type Certificate, WorkerPort } from "../workers/port.js";
import type { BlockRecord } from "./block-record.js";
import { ChainNotices } from "./chain-notices.js";
import { ClockCheck } from "./clock-check.js";
import { CoinLink, type CoinLinkSettings } from "./coin-link.js";
import { consoleStatus } from "./console-status.js";
import { DaemonInfoSource } from "./daemon-info.js";
import { FoundBlocks } from "./found-blocks.js";
import { LifeCycle } from "./life-cycle.js";
import { MergedMining, operatorEntries } from "./merged-mining.js";
import { createMinerSide, type MinerSide } from "./miner-side.js";
import { ownShareStored } from "./own-share-stored.js";
import { onlyAddress, type PayoutAddresses } from "./payout-addresses.js";
import { PeerRecords } from "./peer-records.js";
import { Peering } from "./peering.js";
import { type PoolNodeOptions, USUAL_WEB } from "./pool-node-options.js";
import { Quarantine } from "./quarantine.js";
import { ShareChain } from "./share-chain.js";
import { NodeStatistics } from "./statistics.js";
import { SyncProgress } from "./sync-progress.js";
import { FactSource } from "./warnings/gather.js";
import { WarningWatch } from "./warnings/watch.js";
import { nodeView } from "./web-view.js";

/**
 * A pool node on top of a coin daemon: template and tip become jobs, solutions become shares and blocks.
 *
 * Life: work begins with the first template, once the daemon can be mined on. After `stop` has resolved no timer, call or
 * connection of it is left; the RPC clients belong to the caller.
 */
export class PoolNode {
  readonly chain: ShareChain;
  readonly work: WorkMaker;
  readonly templates: TemplateSource;
  readonly options: PoolNodeOptions;
  readonly startedAt: number;
  /** Null for a pool of one. */
  readonly peering: Peering | null;
  readonly addresses: PayoutAddresses;
  readonly sync: SyncProgress;
  readonly daemons: DaemonGroup;
  readonly statistics: NodeStatistics;
  readonly daemonInfo: DaemonInfoSource;
  /** What the operator should know. */
  readonly warnings: WarningWatch;
  private readonly facts: FactSource;
  /** When the coin's newest block was first seen, seconds since 1970. */
  coinTipAt: number | null = null;
  private readonly view: NodeView;
  private readonly web: WebSide;
  /** Null where browsers connect to the miners' port. */
  private readonly webPort: WorkerPort | null;
  readonly clockCheck: ClockCheck;
  private readonly miners: MinerSide;
  private readonly heights: BlockHeights;
  private readonly coin: CoinLink | null;
  readonly merged: MergedMining;
  private readonly foundBlocks: FoundBlocks;
  private readonly life: LifeCycle;
  /** How long jobs took to make. */
  readonly jobSeconds = new Histogram();
  /** Of everything here whose proof of work is costly. */
  private readonly powPool: PowPool;
  private readonly peerRecords: PeerRecords;

  constructor(options: PoolNodeOptions) {
    this.options = options;
    const { network, clock, random, log } = options;
    this.startedAt = clock.now();
    this.addresses = options.addresses ?? onlyAddress(options.address);
    this.daemons = this.groupDaemons();
    const { rpc } = this.daemons;
    this.clockCheck = new ClockCheck({ clock });
    const { pow } = network.coin;
    this.powPool = new PowPool({ pow, log, ...(options.threads === undefined ? {} : { threads: options.threads }) });
    const tracker = new Tracker(new ShareRules(network));
    const payoutWindows = new PayoutWindows(tracker.rules);
    const notices = new ChainNotices({ rules: tracker.rules, windows: payoutWindows, log });
    this.coin = options.coinP2p === undefined ? null : this.linkToCoin(options.coinP2p);
    const { coin } = this;
    const clients = [options.rpc, ...(options.otherDaemons ?? [])];
    this.templates = new TemplateSource({
      rpc,
      // A daemon that hangs is known as one before the next poll is due, if there is another one.
      pollTimeoutMs: clients.length > 1 ? 10_000 : 30_000,
      onFailure: (reason) => this.daemons.failed(reason),
      coin: network.coin,
      clock,
      logger: log,
      ...(coin === null ? {} : { isAnnounced: () => coin.isConnected }),
    });
    this.heights = new BlockHeights({
      getBlockHeader: (hash) => rpc.getBlockHeader(hash),
      ...(coin === null ? {} : { headers: coin.headers, followHeaders: (tip) => coin.followHeaders(tip) }),
      clock,
      log,
    });
    this.foundBlocks = new FoundBlocks({
      daemons: [
        ...clients.map((client, i) => ({ rpc: client, onJudged: (hash: string) => coin?.blockSettled(hash, i) })),
        ...(options.submitTo ?? []).map((extra) => ({ rpc: extra })),
      ],
      store: options.store?.blocks ?? null,
      getBlockHeader: (hash) => rpc.getBlockHeader(hash),
      clock,
      log,
      sendByP2p: (block) => coin?.sendBlock(block),
      onAccepted: () => this.templates.blockAnnounced(),
      onEvent: (event) => {
        if (event.type === "block-judged" && event.accepted === false) this.statistics.blockRefused(event.hash);
        options.onEvent(event);
      },
    });
    this.work = new WorkMaker({
      tracker,
      drawAddress: () => this.addresses.draw(),
      ownMergedAddresses: operatorEntries(options.merged ?? [], options.network.mergedChains),
      now: () => clock.now(),
      random,
      feePercent: options.feePercent,
      donationPercent: options.donationPercent,
      coinbaseTexts: options.coinbaseTexts,
      ...(pow === "sha256d" ? {} : { powHash: (header) => this.powPool.hashNext(header) }),
      solo: options.solo,
      peerCount: () => this.peering?.count ?? 0,
      daemonProblem: () => this.daemonProblem,
      knownCoins: COINS,
      timed: (make) => {
        const startedMs = clock.monotonicMs();
        const made = make();
        this.jobSeconds.observe((clock.monotonicMs() - startedMs) / 1000);
        return made;
      },
      effects: {
        block: (found) => {
          // What comes again is known by its hash. In a turn of its own: where it is a share too, that comes first and says more.
          if (this.foundBlocks.found(found)) setImmediate(() => this.statistics.blockFound(found));
        },
        mergedBlock: (found) => this.merged.found(found),
        share: (found) => this.shareFound(found),
        judged: (judged) => {
          const result = this.statistics.judged(judged);
          this.web.feed.pseudoshare({ username: judged.worker, difficulty: judged.pseudoDifficulty, result });
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
      onNewBlock: (block) => options.onEvent({ type: "pool-block", ...block }),
      onVerified: (node) => this.web.feed.share(node),
    });
    this.chain = new ShareChain({
      tracker,
      heights: this.heights,
      clock,
      random,
      log,
      store: options.store?.shares ?? null,
      onBest: (best, punish) => {
        this.work.setBest(best, punish);
        const before = this.statistics.figures.best;
        this.statistics.figures.setBest(best);
        if (best !== before) this.web.feed.tip(best, before);
        this.peering?.tipChanged(best);
        notices.tipChanged(best);
        if (best !== null) options.onEvent({ type: "tip", id: best.id, height: best.height });
      },
      onWanted: () => this.peering?.wantedChanged(),
      onRefused: (refusal) => {
        this.peering?.refused(refusal);
        options.onEvent({ type: "share-refused", id: refusal.node.id, reason: refusal.verdict.reason });
      },
    });
    const { onEvent } = options;
    this.merged = new MergedMining({
      settings: options.merged ?? [],
      known: options.network.mergedChains,
      store: options.store?.mergedBlocks ?? null,
      clock,
      log,
      onWork: (work) => this.work.setMergedBlocks(work),
      onEvent,
      sharedChains: () => this.work.sharedChains(),
    });
    this.sync = new SyncProgress({
      chain: this.chain,
      clock,
      onProgress: (status) => onEvent({ type: "sync", ...status }),
      onComplete: (shares, verified) => onEvent({ type: "synced", shares, verified }),
    });
    const { peering, store, version } = options;
    this.peerRecords = new PeerRecords(store);
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
            provePow: (headers) => this.powPool.hash(headers),
            onHeader: (header) => this.headerKnown(header),
            onTold: (peer, timestamp) => this.clockCheck.share(peer, timestamp),
            ...(options.quarantineDirectory === undefined
              ? {}
              : { quarantine: new Quarantine({ directory: options.quarantineDirectory, clock, log }) }),
            records: store === null ? null : this.peerRecords,
          });
    this.facts = new FactSource(this);
    this.warnings = new WarningWatch({
      facts: () => this.facts.facts(),
      clock,
      log,
      onChange: (warning, isOver) => onEvent({ type: "warning", ...warning, isOver }),
    });
    const { bind: webBind, password, staticDir } = options.web ?? USUAL_WEB;
    this.view = nodeView(this);
    this.web = new WebSide({
      view: this.view,
      ...(coin === null ? {} : { blockNotify: (hash) => coin.announced(hash, "hook") }),
      clock,
      random,
      log,
      password,
      staticDir,
    });
    this.webPort =
      webBind === null
        ? null
        : new WorkerPort({
            ...webBind,
            ifTaken: options.workerPort.ifTaken === "wait" ? "wait" : "fail",
            bans: new Bans(options.miners.limits),
            limits: options.miners.limits,
            stratum: {
              handle: (socket) => {
                socket.destroy();
              },
            },
            http: this.web.listener,
            clock,
            log,
          });
    this.miners = createMinerSide(options, { pages: webBind === null ? this.web.listener : null, work: this.work });
    this.life = new LifeCycle({
      node: this,
      coin,
      heights: this.heights,
      merged: this.merged,
      foundBlocks: this.foundBlocks,
      peerRecords: this.peerRecords,
      facts: this.facts,
      getwork: this.miners.getwork,
      web: this.web,
      powPool: this.powPool,
      port: this.miners.port,
      webPort: this.webPort,
    });
  }

  /** Who serves miners over Stratum. */
  get stratum(): MinerService {
    return this.miners.stratum;
  }

  /** The port for TLS; null without one. */
  get boundTlsPort(): number | null {
    return this.miners.port.boundTlsPort;
  }

  /** For TLS connections from now on. @throws Error if it cannot be used; the one before stays */
  setCertificate(certificate: Certificate): void {
    this.miners.port.setCertificate(certificate);
  }

  /** Whether the daemon is reached by the coin's P2P protocol; null where it is not meant to be. */
  get isCoinP2pUp(): boolean | null {
    return this.coin?.isConnected ?? null;
  }

  /** Null until the worker port is bound. */
  get boundPort(): number | null {
    return this.miners.port.boundPort;
  }

  /** Of the web side; null until it is bound. */
  get webBoundPort(): number | null {
    return (this.webPort ?? this.miners.port).boundPort;
  }

  /** Where the web side answers; null until it is bound, and on the miners' port. */
  get webUrl(): string | null {
    const webBind = this.options.web?.bind ?? null;
    const port = this.webPort?.boundPort ?? null;
    if (webBind === null || port === null) return null;
    return `http://${webBind.host.includes(":") ? `[${webBind.host}]` : webBind.host}:${port}/`;
  }

  /** What the node waits for, or what its daemon's last failure was; null if all is well. */
  get daemonProblem(): string | null {
    return this.daemons.waitingFor ?? this.templates.lastError?.message ?? null;
  }

  /** The console's status block. */
  statusLines(): string[] {
    return consoleStatus(this.view, this.options.clock.now());
  }

  /** Blocks that this node found, newest first. */
  get blocks(): readonly BlockRecord[] {
    return this.foundBlocks.list();
  }

  /**
   * To be called at most once, and before `start`: while another process has the data and the ports, does what can be done
   * without them, so that the takeover takes no time. `copy`: the data as it is now, not started. Never rejects.
   */
  prepare(copy: Store): Promise<void> {
    return this.life.prepare(copy);
  }

  /** Resolves with the worker port once it is bound. @throws WorkerPortError, StoreError */
  start(): Promise<number> {
    return this.life.start();
  }

  /** What is under way of `start` and `prepare` ends too, the first with an error. */
  stop(): Promise<void> {
    return this.life.stop();
  }

  private groupDaemons(): DaemonGroup {
    const { rpc, otherDaemons = [], network, allowObsoleteDaemon: allowObsolete, clock, log } = this.options;
    return new DaemonGroup({
      daemons: [rpc, ...otherDaemons],
      network,
      allowObsolete,
      ownConnections: (index) => this.coin?.connectionsWith(index) ?? 0,
      height: () => this.templates.current?.height ?? 0,
      clock,
      log,
      onSwitch: () => this.templates.daemonChanged(),
    });
  }

  private linkToCoin(settings: CoinLinkSettings): CoinLink {
    const { network, clock, random, log, version } = this.options;
    return new CoinLink({
      settings,
      network,
      rpc: this.daemons.rpc,
      active: () => this.daemons.activeIndex,
      clock,
      random,
      log,
      version,
      template: () => this.templates.current,
      onNewBlock: () => this.templates.blockAnnounced(),
      // Peers are told of what is news, and so are we by their side of the node.
      onHeader: ({ header }) => (this.peering === null ? this.headerKnown(header) : this.peering.daemonHeader(header)),
    });
  }

  /** A proven header of the coin: the daemon's tip, or a block on it that its template does not show yet. */
  private headerKnown(header: BlockHeader): void {
    this.work.setBestHeader(header);
    if (header.previousBlock === this.templates.current?.previousBlock) this.templates.blockAnnounced();
  }

  private shareFound({ share, onTime, worker, isBlock }: FoundShare): void {
    this.peering?.holdBack(share.id);
    const node = this.chain.addOwn(share, onTime);
    if (node === null) this.peering?.release(share.id);
    else void this.tell(node);
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

  /** Tells peers of a share of our own once it may be told. */
  private async tell(node: ShareNode): Promise<void> {
    const { store } = this.options;
    if (store !== null) await ownShareStored(node, { ...this.options, store });
    this.peering?.release(node.id);
  }
}
