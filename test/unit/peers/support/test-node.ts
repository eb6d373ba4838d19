import { powHash } from "../../../../src/core/hash/index.js";
import { seededRandom } from "../../../../src/core/random.js";
import type { PoolNetwork } from "../../../../src/networks/index.js";
import type { TemplateFacts } from "../../../../src/peers/best-header.js";
import type { Disagreement } from "../../../../src/peers/deliveries.js";
import { PeerNetwork } from "../../../../src/peers/peer-network.js";
import type { PeerNetworkOptions } from "../../../../src/peers/peer-network-options.js";
import { ShareExchange } from "../../../../src/peers/share-exchange.js";
import type { Clock } from "../../../../src/platform/clock.js";
import { createLogger } from "../../../../src/platform/log.js";
import type { Transport } from "../../../../src/platform/transport.js";
import { easyNetwork, TestChain } from "./chain.js";

/** What joins hosts, and the time that they live by. */
export interface Hosts {
  readonly clock: Clock;
  host(address: string): Transport;
}

export interface TestNodeOptions {
  readonly hosts: Hosts;
  readonly address: string;
  readonly network?: PoolNetwork;
  readonly seed?: number;
  readonly isLegacy?: boolean;
  readonly chain?: TestChain;
  readonly peers?: Partial<PeerNetworkOptions>;
}

export const PORT = 9333;

/** A node without daemon and miners: a chain and its peers, as a rule on virtual time and links in memory. */
export class TestNode {
  readonly chain: TestChain;
  readonly peers: PeerNetwork;
  readonly exchange: ShareExchange;
  readonly address: string;
  readonly disagreements: Disagreement[] = [];
  template: TemplateFacts | null = null;
  /** Shares that nobody is told of. */
  readonly heldBack = new Set<string>();
  isLegacy: boolean;
  /** Names and the addresses that they resolve to; an address is its own. */
  readonly names = new Map<string, readonly string[]>();

  constructor({
    hosts,
    address,
    network = easyNetwork(),
    seed = 1,
    isLegacy = false,
    chain,
    peers = {},
  }: TestNodeOptions) {
    const { clock } = hosts;
    const random = seededRandom(seed);
    const log = createLogger("silent");
    this.address = address;
    this.isLegacy = isLegacy;
    this.chain = chain ?? new TestChain({ network, clock });
    this.peers = new PeerNetwork({
      network,
      transport: hosts.host(address),
      clock,
      random,
      log,
      software: "test/1.0",
      minimumVersion: () => this.chain.tracker.minimumProtocolVersion,
      bestShare: () => this.chain.best()?.id ?? null,
      isLegacy: () => this.isLegacy,
      resolve: async (name) => this.names.get(name) ?? [name],
      listen: { port: PORT },
      outgoing: 0,
      advertise: false,
      bootstrapHosts: [],
      ...peers,
    });
    this.exchange = new ShareExchange({
      peers: this.peers,
      source: this.chain,
      clock,
      random,
      log,
      provePow: async (headers) => headers.map((header) => powHash(network.coin.pow, header)),
      isLegacy: () => this.isLegacy,
      template: () => this.template,
      isHeldBack: (id) => this.heldBack.has(id),
      onDisagreement: (disagreement) => this.disagreements.push(disagreement),
    });
    this.chain.events = this.exchange;
  }

  async start(): Promise<void> {
    this.exchange.start();
    await this.peers.start();
  }

  async stop(): Promise<void> {
    this.exchange.stop();
    await this.peers.stop();
  }

  get tip(): string | null {
    return this.chain.best()?.id ?? null;
  }
}
