import type { Random } from "../core/random.js";
import { Peering } from "../node/peering.js";
import { ShareChain } from "../node/share-chain.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import type { MemoryNetwork } from "../platform/transport-memory.js";
import type { ShareRules } from "../sharechain/rules.js";
import type { ShareNode } from "../sharechain/share-node.js";
import { Tracker } from "../sharechain/tracker.js";
import type { FoundShare } from "../work/solution.js";
import { WorkMaker } from "../work/work-maker.js";
import type { DrawnWork } from "./drawn-work.js";
import type { Ledger } from "./ledger.js";
import type { SharedResults } from "./shared-results.js";
import { type CoinTip, type SimCoin, templateOn } from "./sim-coin.js";
import type { VirtualClock } from "./virtual-clock.js";

/** What all nodes of a simulation have in common. */
export interface World {
  readonly clock: VirtualClock;
  readonly hosts: MemoryNetwork;
  readonly coin: SimCoin;
  /** Compact block target. */
  readonly bits: number;
  readonly drawn: DrawnWork;
  readonly ledger: Ledger;
  /** Null to work everything out anew in each node. */
  readonly shared: SharedResults | null;
  readonly log: Logger;
  /** Connections that each node makes by itself, and those that it takes. */
  readonly outgoing: number;
  readonly maxIncoming: number;
}

export interface SimNodeOptions {
  readonly world: World;
  readonly index: number;
  readonly host: string;
  /** Nodes with the same rules may share them. */
  readonly rules: ShareRules;
  /** Whom its miner is paid. */
  readonly address: string;
  readonly fixedNodes: readonly string[];
  readonly random: Random;
  /** Its own idea of time; that of the world by default. */
  readonly clock?: Clock;
}

/** From one cleaning of the chain to the next: rarer than in a real node, as nothing but memory depends on it. */
const CLEANING_MS = 60_000;
/** Looks at deadlines of peers, the shortest of which is 5 s: the same. */
const SWEEP_MS = 5_000;
/** Height of a block that the coin does not have, relative to its tip. */
const UNKNOWN_RELATIVE_HEIGHT = -1_000_000_000;

/** The production node without daemon, ports and disk: share chain, peers and work on simulated time, links and coin. */
export class SimNode {
  readonly chain: ShareChain;
  readonly work: WorkMaker;
  readonly options: SimNodeOptions;
  peering: Peering | null = null;
  isUp = false;
  /** Bytes that its links have taken. */
  sentBytes = 0;
  /** Own shares that are kept back from peers; null for none, as a rule. */
  held: string[] | null = null;
  /** The chain has another tip. */
  onTip: ((best: ShareNode | null) => void) | null = null;
  private tip: CoinTip;

  constructor(options: SimNodeOptions) {
    this.options = options;
    const { world, rules, random, address, index } = options;
    const { coin, ledger, shared, log } = world;
    const { clock } = this;
    this.tip = coin.tip;
    const tracker = new Tracker(rules, shared?.verify);
    this.work = new WorkMaker({
      tracker,
      drawAddress: () => address,
      now: () => clock.now(),
      random,
      feePercent: 0,
      donationPercent: 0,
      coinbaseTexts: [],
      solo: true,
      peerCount: () => this.peering?.count ?? 0,
      knownCoins: [rules.network.coin],
      effects: {
        block: (found) => coin.submit(found),
        mergedBlock: () => {},
        share: (found) => this.shareFound(found),
        failed: (error) => {
          throw error;
        },
      },
      powHash: (header) => this.solved(header),
    });
    this.chain = new ShareChain({
      tracker,
      heights: {
        height: (hash) => coin.height(hash) ?? 0,
        relativeHeight: (hash) => {
          const height = coin.height(hash);
          return height === undefined ? UNKNOWN_RELATIVE_HEIGHT : height - this.tip.height;
        },
      },
      clock,
      random,
      log,
      store: null,
      cleaningMs: CLEANING_MS,
      onBest: (best, punish) => {
        this.work.setBest(best, punish);
        this.peering?.tipChanged(best);
        this.onTip?.(best);
      },
      onWanted: () => this.peering?.wantedChanged(),
      onRefused: (refusal) => this.peering?.refused(refusal),
    });
    tracker.verified.observe({ added: ({ id }) => ledger.verified(id, index, clock.monotonicMs()) });
    this.work.setTemplate(templateOn(this.tip, world.bits, clock.now()));
  }

  /** The node's own clock. */
  private get clock(): Clock {
    return this.options.clock ?? this.options.world.clock;
  }

  /** The hash that the miner's next solution has; set right before it is handed in. */
  solved: (header: Uint8Array) => Uint8Array = () => {
    throw new Error("nothing is being solved");
  };

  async start(): Promise<void> {
    const { world, random, fixedNodes } = this.options;
    this.isUp = true;
    this.chain.start();
    this.peering = new Peering({
      settings: {
        port: this.chain.tracker.rules.network.p2pPort,
        failIfTaken: true,
        maxIncoming: world.maxIncoming,
        outgoing: world.outgoing,
        fixedNodes,
        externalAddress: null,
        advertise: world.outgoing > 0,
        mapPort: false,
        localNetwork: false,
      },
      chain: this.chain,
      clock: world.clock,
      random,
      log: world.log,
      version: "simulated",
      template: () => ({ previousBlock: this.tip.hash, bits: world.bits }),
      onHeader: () => {},
      records: null,
      sweepMs: SWEEP_MS,
      transport: world.hosts.host(this.options.host),
      provePow: async (headers) => headers.map((header) => world.drawn.hash(header)),
      ...(world.shared === null ? {} : { screen: world.shared.screen }),
    });
    await this.peering.start();
  }

  async stop(): Promise<void> {
    this.isUp = false;
    this.chain.stop();
    const { peering } = this;
    this.peering = null;
    await peering?.stop();
  }

  /** Its daemon has heard of another tip. */
  coinTip(tip: CoinTip): void {
    this.tip = tip;
    this.refreshTemplate();
    this.chain.evaluate();
  }

  /** A template is worth a minute (spec/10 §7). */
  refreshTemplate(): void {
    this.work.setTemplate(templateOn(this.tip, this.options.world.bits, this.clock.now()));
  }

  /** Tells peers of what was kept back. */
  release(): void {
    const { held } = this;
    if (held === null || held.length === 0) return;
    this.held = [];
    for (const id of held) this.peering?.release(id);
  }

  private shareFound({ share, onTime, isBlock }: FoundShare): void {
    const { world, index } = this.options;
    world.ledger.made(share, index, onTime, isBlock, world.clock);
    if (this.held !== null && onTime) {
      this.held.push(share.id);
      this.peering?.holdBack(share.id);
    }
    this.chain.addOwn(share, onTime);
  }
}
