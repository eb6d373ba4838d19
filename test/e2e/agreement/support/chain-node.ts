import { powHash } from "../../../../src/core/hash/index.js";
import { seededRandom } from "../../../../src/core/random.js";
import { BlockHeights } from "../../../../src/daemon/block-heights.js";
import { Peering } from "../../../../src/node/peering.js";
import { ShareChain } from "../../../../src/node/share-chain.js";
import type { Clock } from "../../../../src/platform/clock.js";
import { createLogger } from "../../../../src/platform/log.js";
import { loadShare, type ShareNode, ShareRules, Tracker } from "../../../../src/sharechain/index.js";
import type { Database } from "../../../../src/store/database.js";
import { MemoryDatabase } from "../../../../src/store/memory-database.js";
import { Store } from "../../../../src/store/store.js";
import { easyNetwork, mint } from "../../../unit/peers/support/chain.js";

export interface ChainNodeOptions {
  readonly clock: Clock;
  readonly seed: number;
  /** What it keeps from run to run. */
  readonly database?: Database;
  /** Ports of this machine that it stays connected to. */
  readonly dials: readonly number[];
}

export const NETWORK = easyNetwork();

/** Share chain, store and peers of a node as in production, without daemon and miners: shares are made when a test says so. */
export class ChainNode {
  readonly chain: ShareChain;
  readonly peering: Peering;
  private readonly options: ChainNodeOptions;
  private readonly random: ReturnType<typeof seededRandom>;
  private readonly store: Store;

  constructor(options: ChainNodeOptions) {
    this.options = options;
    const { clock, seed, database = new MemoryDatabase(), dials } = options;
    const log = createLogger("silent");
    const random = seededRandom(seed);
    this.random = random;
    this.store = new Store({ database, network: NETWORK, clock, log });
    this.chain = new ShareChain({
      tracker: new Tracker(new ShareRules(NETWORK)),
      heights: new BlockHeights({ getBlockHeader: async () => ({ height: 0 }), clock, log }),
      clock,
      random,
      log,
      store: this.store.shares,
      onBest: (best) => this.peering.tipChanged(best),
      onWanted: () => this.peering.wantedChanged(),
      onRefused: (refusal) => this.peering.refused(refusal),
    });
    this.peering = new Peering({
      settings: {
        port: 0,
        host: "127.0.0.1",
        failIfTaken: true,
        maxIncoming: 40,
        outgoing: 0,
        fixedNodes: dials.map((port) => `127.0.0.1:${port}`),
        externalAddress: null,
        advertise: false,
        mapPort: false,
        localNetwork: true,
        testAddresses: true,
      },
      chain: this.chain,
      clock,
      random,
      log,
      version: "0.0.0",
      template: () => null,
      provePow: async (headers) => headers.map((header) => powHash(this.chain.tracker.rules.network.coin.pow, header)),
      onHeader: () => {},
      records: this.store.records,
    });
  }

  get tip(): ShareNode | null {
    return this.chain.best;
  }

  get port(): number {
    return this.peering.boundPort!;
  }

  async start(shares: readonly Uint8Array[] = []): Promise<void> {
    await this.store.start();
    await this.chain.load();
    const { tracker } = this.chain;
    for (const raw of shares) tracker.add(loadShare(raw, tracker.rules), 0);
    this.chain.evaluate();
    this.chain.start();
    await this.peering.start();
  }

  async stop(): Promise<void> {
    await this.peering.stop();
    this.chain.stop();
    await this.store.stop();
  }

  /** Finds a share on its tip; told to peers once it is stored, as those of miners are. */
  async mine(): Promise<string> {
    const { chain, peering, options } = this;
    const { tracker } = chain;
    const parent = this.tip;
    const timestamp = Math.max(Math.floor(options.clock.now()), (parent?.item.share.info.timestamp ?? 0) + 1);
    const share = loadShare(mint(tracker, parent, { timestamp }, this.random), tracker.rules);
    peering.holdBack(share.id);
    const node = chain.addOwn(share, true)!;
    await this.store.shares.addOwn(share, node.item.seenAt);
    peering.release(share.id);
    return share.id;
  }
}
