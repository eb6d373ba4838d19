import { lookup } from "node:dns/promises";
import type { BlockHeader } from "../bitcoin/block.js";
import { bitsToTarget, bitsToTargetBytes } from "../core/compact.js";
import { hashMeetsTarget } from "../core/hash/index.js";
import type { Random } from "../core/random.js";
import { PeerNetwork } from "../peers/peer-network.js";
import type { PeerView } from "../peers/peer-view.js";
import { ShareExchange } from "../peers/share-exchange.js";
import type { screenShare } from "../peers/share-screen.js";
import type { ProvePow } from "../peers/share-source.js";
import type { UnknownShares } from "../peers/unknown-shares.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { PortMapping } from "../platform/port-mapping.js";
import type { Transport } from "../platform/transport.js";
import { TcpTransport } from "../platform/transport-tcp.js";
import type { Refusal } from "../sharechain/choose-best.js";
import type { Share } from "../sharechain/share.js";
import type { ShareNode } from "../sharechain/share-node.js";
import { PEERS_RECORD } from "../store/record-names.js";
import type { RecordStore } from "../store/record-store.js";
import { ChainSource } from "./chain-source.js";
import type { Quarantine } from "./quarantine.js";
import type { ShareChain } from "./share-chain.js";

/** How a node meets others (spec/13 §4). */
export interface PeeringSettings {
  /** Where other nodes connect; 0 for any free port. */
  readonly port: number;
  /** All addresses of the machine by default. */
  readonly host?: string;
  readonly failIfTaken: boolean;
  readonly maxIncoming: number;
  /** Connections to keep to nodes that were heard of; 0 dials none but fixed ones. */
  readonly outgoing: number;
  /** `host[:port]`, kept for ever. */
  readonly fixedNodes: readonly string[];
  /** `host[:port]` that others reach us at; null to let them find out. */
  readonly externalAddress: string | null;
  readonly advertise: boolean;
  /** Whether to ask the router to pass the port on. */
  readonly mapPort: boolean;
  /** Private addresses are told on and dialled too. */
  readonly localNetwork: boolean;
  /** Of 127/8 only 127.0.0.1 is this machine; for tests with many addresses (spec/09 §14). */
  readonly testAddresses?: boolean;
}

export interface PeeringOptions {
  readonly settings: PeeringSettings;
  readonly chain: ShareChain;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly version: string;
  /** Of the daemon's current template; null while there is none. */
  readonly template: () => { readonly previousBlock: string; readonly bits: number } | null;
  /** A block of the coin that the daemon may not have followed yet. */
  readonly onHeader: (header: BlockHeader) => void;
  /** A peer sent a share of its own accord: by its time clocks are compared. */
  readonly onTold?: (peer: string, timestamp: number) => void;
  /** Where shares go that several peers believe in and that fail here; nowhere by default. */
  readonly quarantine?: Pick<Quarantine, "add"> | null;
  /** Streams to other hosts; TCP by default. */
  readonly transport?: Transport;
  /** Proof-of-work hashes of headers. */
  readonly provePow: ProvePow;
  /** How often deadlines of peers are looked at, milliseconds; twice a second by default. */
  readonly sweepMs?: number;
  /** What the bytes of a share say; `screenShare` by default. */
  readonly screen?: typeof screenShare;
  /** Where addresses are kept; null for nowhere. */
  readonly records: Pick<RecordStore, "load" | "save"> | null;
}

/**
 * The node's part in the peer network: its connections, and the share chain told and heard over them.
 *
 * Life: nothing happens before `start`; after `stop` has resolved no connection, port or timer of it is left.
 */
export class Peering {
  /** Connections, conduct and address book, for whoever shows them. */
  readonly network: PeerNetwork;
  private readonly options: PeeringOptions;
  private readonly exchange: ShareExchange;
  private readonly stopObserving: () => void;
  private mapping: PortMapping | null = null;
  private isStarted = false;
  /** Own shares that are being written, told to peers once they are durable (spec/08 §5); those that are blocks with their place. */
  private readonly unstored = new Map<string, ShareNode | null>();

  constructor(options: PeeringOptions) {
    this.options = options;
    const { settings, chain, clock, random, log, version, template, records } = options;
    const { tracker } = chain;
    const { network } = tracker.rules;
    const { host, externalAddress } = settings;
    this.network = new PeerNetwork({
      network,
      transport: options.transport ?? new TcpTransport({ clock }),
      clock,
      random,
      log,
      software: `p2pool-ts/${version}`,
      minimumVersion: () => tracker.minimumProtocolVersion,
      bestShare: () => chain.best?.id ?? null,
      resolve: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
      listen: {
        port: settings.port,
        failIfTaken: settings.failIfTaken,
        ...(host === undefined ? {} : { host }),
        onBound: (port) => this.portBound(port),
      },
      maxIncoming: settings.maxIncoming,
      outgoing: settings.outgoing,
      fixedNodes: settings.fixedNodes,
      ...(externalAddress === null ? {} : { externalAddress }),
      advertise: settings.advertise,
      localNetwork: settings.localNetwork,
      testAddresses: settings.testAddresses ?? false,
      ...(options.sweepMs === undefined ? {} : { sweepMs: options.sweepMs }),
      ...(records === null
        ? {}
        : {
            store: {
              load: () => records.load(PEERS_RECORD),
              save: (peers) => records.save(PEERS_RECORD, peers),
            },
          }),
    });
    this.exchange = new ShareExchange({
      peers: this.network,
      source: new ChainSource({
        chain,
        blockTarget: () => {
          const current = template();
          return current === null ? null : bitsToTarget(current.bits);
        },
      }),
      clock,
      random,
      log,
      template,
      onHeader: options.onHeader,
      isHeldBack: (id) => this.unstored.has(id),
      onDisagreement: ({ share }) => this.putAway(share),
      onTold: (share, peer) => options.onTold?.(peer, share.info.timestamp),
      provePow: options.provePow,
      ...(options.screen === undefined ? {} : { screen: options.screen }),
    });
    this.stopObserving = tracker.verified.observe({
      added: (node) => {
        this.exchange.verified(node.item.share);
        const current = template();
        if (current === null) return;
        const isBlock = hashMeetsTarget(node.item.share.powHash, bitsToTargetBytes(current.bits));
        if (!isBlock) return;
        if (this.unstored.has(node.id)) this.unstored.set(node.id, node);
        else this.exchange.blockFound(node);
      },
    });
  }

  /** The bound port; null before. */
  get boundPort(): number | null {
    return this.network.boundPort;
  }

  /** Connections that have been greeted. */
  get count(): number {
    return this.network.peers.length;
  }

  /** Shares of a version that is not known here, of the last hour. */
  get unknownShares(): UnknownShares | null {
    return this.exchange.unknownShares;
  }

  get peers(): readonly PeerView[] {
    return this.network.connectedPeers;
  }

  /** Called again it tries to get a port that was taken. @throws TransportError if the port is taken and must not be */
  async start(): Promise<void> {
    await this.network.start();
    if (!this.isStarted) this.exchange.start();
    this.isStarted = true;
  }

  private portBound(port: number): void {
    const { settings, clock, log } = this.options;
    if (!settings.mapPort) return;
    this.mapping = new PortMapping({ port, clock, log });
    this.mapping.start();
  }

  async stop(): Promise<void> {
    this.stopObserving();
    this.exchange.stop();
    await Promise.all([this.network.stop(), this.mapping?.stop()]);
  }

  /** The share chain has another tip. */
  tipChanged(best: ShareNode | null): void {
    if (best !== null) this.exchange.tipChanged();
  }

  /** A proven block header from the coin daemon: its tip, or what is to be. Peers hear of a new one. */
  daemonHeader(header: BlockHeader): void {
    this.exchange.daemonHeader(header);
  }

  /** The chain misses other shares than before. */
  wantedChanged(): void {
    this.exchange.wantedChanged();
  }

  refused({ node, verdict }: Refusal): void {
    this.exchange.refused(node.item.share, verdict.code, verdict.reason);
  }

  private putAway(share: Share): void {
    const { chain, quarantine } = this.options;
    const { main, rules } = chain.tracker;
    const parent = share.parentId === null ? undefined : main.get(share.parentId);
    const count = Math.min(parent?.height ?? 0, rules.network.chainLength);
    void quarantine?.add(share, parent === undefined ? [] : [...parent.chain(count)].map(({ id }) => id));
  }

  /** A share of our own is about to join the chain: peers hear of it once it is released. */
  holdBack(id: string): void {
    this.unstored.set(id, null);
  }

  /** It is on disk, or cannot be. */
  release(id: string): void {
    const block = this.unstored.get(id);
    if (!this.unstored.delete(id)) return;
    if (block != null) this.exchange.blockFound(block);
    this.exchange.tipChanged();
  }
}
