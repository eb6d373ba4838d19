import type { BlockHeader } from "../bitcoin/block.js";
import type { Random } from "../core/random.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import type { ShareNode, VerifyErrorCode } from "../sharechain/index.js";
import type { Share } from "../sharechain/share.js";
import { BestHeader, type TemplateFacts } from "./best-header.js";
import { Broadcast } from "./broadcast.js";
import { Deliveries, type Disagreement } from "./deliveries.js";
import { Downloads } from "./downloads.js";
import { FutureShares } from "./future-shares.js";
import { OrphanCap } from "./orphan-cap.js";
import type { Peer } from "./peer.js";
import type { PeerId } from "./peer-context.js";
import type { PeerNetwork } from "./peer-network.js";
import type { PeerListener } from "./peer-network-options.js";
import { Prover } from "./prover.js";
import { ShareIntake } from "./share-intake.js";
import { digestOf, screenShare } from "./share-screen.js";
import { ShareServer } from "./share-server.js";
import { PASSING_FAILURES, type ProvePow, type ShareSource } from "./share-source.js";
import type { Transactions } from "./transaction-pool.js";
import { TransactionRelay } from "./transaction-relay.js";
import { Turns } from "./turns.js";
import type { UnknownShares } from "./unknown-shares.js";
import type { Message } from "./wire/messages.js";

export interface ShareExchangeOptions {
  readonly peers: PeerNetwork;
  readonly source: ShareSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly provePow: ProvePow;
  /** What the bytes of a share say; `screenShare` by default. */
  readonly screen?: typeof screenShare;
  /** Whether the chain may hold shares below version 34 (spec/06 §8.1); never by default. */
  readonly isLegacy?: () => boolean;
  /**
   * Whether nobody may be told of a share yet, nor given it; none by default. What stands on such a share is held back too.
   */
  readonly isHeldBack?: (id: string) => boolean;
  /** Of the current template; null while there is none. */
  readonly template: () => TemplateFacts | null;
  /** A header that the daemon may not know yet. */
  readonly onHeader?: (header: BlockHeader, hash: string) => void;
  /** A peer sent a share of its own accord, for the first time; its time may be ahead of ours. */
  readonly onTold?: (share: Share, peer: PeerId) => void;
  /** Several peers believe in a share that fails here; to be written down and told to the operator (spec/09 §4). */
  readonly onDisagreement?: (disagreement: Disagreement) => void;
}

/**
 * What nodes tell each other about the share chain (spec/06 §6.6 to §8): takes shares in, fetches what is missing, serves and
 * spreads what is here, passes on headers of blocks and, on old chains, transactions.
 *
 * Life: nothing before `start`; after `stop` no timer is left. The node says what changed through `tipChanged`,
 * `wantedChanged`, `verified`, `refused`, `blockFound` and `setTemplateTransactions`.
 */
export class ShareExchange {
  private readonly options: ShareExchangeOptions;
  private readonly intake: ShareIntake;
  private readonly server: ShareServer;
  private readonly downloads: Downloads;
  private readonly broadcast: Broadcast;
  private readonly deliveries: Deliveries;
  private readonly future: FutureShares;
  private readonly headers: BestHeader;
  private readonly relay: TransactionRelay;
  private readonly listener: PeerListener;

  constructor(options: ShareExchangeOptions) {
    this.options = options;
    const { peers, source, clock, random, log, provePow } = options;
    const { network } = source.rules;
    const { isLegacy = () => false, isHeldBack = () => false } = options;
    const each = (action: (peer: Peer) => void): void => peers.each(action);
    const prover = new Prover({ pow: network.coin.pow, provePow });
    this.future = new FutureShares(clock);
    this.deliveries = new Deliveries({
      conduct: peers.conduct,
      onDisagreement: (disagreement) => {
        log.error({ share: disagreement.share.id }, "several peers believe in a share that does not verify here");
        options.onDisagreement?.(disagreement);
      },
    });
    this.relay = new TransactionRelay({
      clock,
      isLegacy,
      blockMaxSize: network.blockMaxSize,
      each,
      best: () => source.best(),
    });
    this.intake = new ShareIntake({
      source,
      clock,
      log,
      screen: options.screen ?? screenShare,
      prover,
      turns: new Turns(),
      deliveries: this.deliveries,
      future: this.future,
      orphans: new OrphanCap(source),
      told: (share, peer) => options.onTold?.(share, peer.id),
      hasTransactions: (share, peer) => this.relay.hasTransactions(share, peer),
    });
    this.server = new ShareServer({ source, clock, isLegacy, isHeldBack });
    this.downloads = new Downloads({ source, clock, random, log, intake: this.intake, peers: () => peers.peers });
    this.broadcast = new Broadcast({ source, clock, prefix: network.prefix, relay: this.relay, each, isHeldBack });
    this.headers = new BestHeader({
      clock,
      prover,
      each,
      template: options.template,
      onHeader: (header, hash) => options.onHeader?.(header, hash),
    });
    this.listener = {
      established: (peer) => this.established(peer),
      closed: (peer) => this.closed(peer),
      received: (peer, message) => this.received(peer, message),
      sweep: () => this.sweep(),
    };
  }

  start(): void {
    this.options.peers.attach(this.listener);
    this.broadcast.start();
    this.downloads.start();
  }

  stop(): void {
    this.options.peers.detach(this.listener);
    this.broadcast.stop();
    this.downloads.stop();
  }

  /** Shares of a version that is not known here, of the last hour. */
  get unknownShares(): UnknownShares | null {
    return this.intake.unknownShares;
  }

  /** Requests for shares under way. */
  get downloading(): number {
    return this.downloads.size;
  }

  /** The transactions that old shares may refer to (spec/06 §8.3). */
  get transactions(): { get(hash: string): Uint8Array | undefined } {
    return this.relay.pool;
  }

  /** The tip moved, for whatever reason. */
  tipChanged(): void {
    const best = this.options.source.best();
    if (best === null) return;
    const nowMs = this.options.clock.monotonicMs();
    for (const { item } of this.broadcast.spread(best, false)) {
      const bringer = item.peer === null ? undefined : this.options.peers.peer(item.peer);
      if (bringer !== undefined) bringer.usefulMs = nowMs;
    }
  }

  /** An evaluation found something missing. */
  wantedChanged(): void {
    this.downloads.go();
  }

  /** A share was verified. */
  verified({ id, raw }: Share): void {
    this.deliveries.verified(id, digestOf(raw));
  }

  /** A share could not be verified, and is not held any more unless others build on it. */
  refused(share: Share, code: VerifyErrorCode, reason: string): void {
    if (code === "TIMESTAMP_IN_FUTURE") this.future.hold(share, share.id);
    if (PASSING_FAILURES.has(code)) return;
    const others = this.deliveries.refused(digestOf(share.raw), share, reason);
    // Not within the evaluation that refused it.
    if (others.length > 0) queueMicrotask(() => this.takeIn(others));
  }

  /**
   * A verified share whose proof of work meets the daemon's own target, or one of our own that is a block: goes out first
   * (spec/06 §7.1). Not for shares that only say so of themselves.
   */
  blockFound(node: ShareNode): void {
    this.broadcast.block(node);
  }

  /** The header of the daemon's tip, after a change of the template. */
  daemonHeader(header: BlockHeader): void {
    this.headers.fromDaemon(header);
  }

  /** The template's transactions by their hash, best fees first; needed on old chains only. */
  setTemplateTransactions(transactions: Transactions): void {
    this.relay.setMining(transactions);
  }

  /** Transactions that the daemon relayed; needed on old chains only. */
  addTransactions(transactions: Transactions): void {
    this.relay.addKnown(transactions);
  }

  private established(peer: Peer): void {
    const { source } = this.options;
    const announced = peer.hello?.bestShare ?? null;
    if (announced !== null) void this.downloads.fetchAnnounced(peer, announced);
    this.relay.established(peer);
    const best = source.best();
    if (best !== null && best.id !== peer.namedBestShare && best.id !== announced)
      this.broadcast.toNewcomer(peer, best);
    this.downloads.go();
  }

  private closed(peer: Peer): void {
    this.intake.closed(peer);
    this.server.closed(peer);
    this.relay.closed(peer);
  }

  private received(peer: Peer, message: Message): Promise<void> | undefined {
    switch (message.command) {
      case "shares": {
        const { shares } = message.payload;
        return shares.length === 0 ? undefined : this.intake.unasked(peer, shares);
      }
      case "sharereq":
        this.server.answer(peer, message.payload);
        return undefined;
      case "getshares":
        this.server.answerHistoric(peer, message.payload);
        return undefined;
      case "bestblock":
        return this.headers.received(peer, message.payload.header);
      default:
        this.relay.received(peer, message);
        return undefined;
    }
  }

  private sweep(): void {
    const due = this.future.takeDue();
    if (due.length > 0) this.takeIn(due);
    this.relay.sweep();
  }

  /** Shares that waited here. */
  private takeIn(shares: readonly Share[]): void {
    const { source, log } = this.options;
    source.accept(shares, null).catch((error: unknown) => log.error({ err: error }, "taking shares in failed"));
  }
}
