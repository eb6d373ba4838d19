import { bitsToTarget } from "../../core/compact.js";
import { EmbeddedNode } from "../../daemon/embedded/index.js";
import { RpcClient } from "../../daemon/rpc/index.js";
import { networkByName, type PoolNetwork } from "../../networks/index.js";
import type { NodeEvent } from "../../node/events.js";
import { PoolNode } from "../../node/pool-node.js";
import { AddressRanges } from "../../platform/address-ranges.js";
import { type Clock, sleep } from "../../platform/clock.js";
import type { Logger } from "../../platform/log.js";
import { systemRandom } from "../../platform/random.js";
import { VERSION } from "../../platform/version.js";
import { LIMITS } from "../../workers/limits.js";
import { CpuMiner } from "../miner/cpu-miner.js";
import { type DemoMiner, demoMiners } from "./payees.js";

export interface DemoOptions {
  /** Of the shares: 35 as on Bitcoin's network, or 36 as on Litecoin's. */
  readonly shareVersion: DemoShareVersion;
  /** Pool nodes, connected as peers of each other; miners are spread over them. */
  readonly nodes: number;
  readonly miners: number;
  readonly host: string;
  /** Null for the network's own, or the next free one. */
  readonly port: number | null;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onEvent: (event: DemoEvent) => void;
}

export type DemoEvent =
  | NodeEvent
  | {
      readonly type: "started";
      readonly network: string;
      readonly miners: readonly DemoMiner[];
      /** Of the first node. */
      readonly workerPort: number;
      readonly statusPage: string;
      readonly nodes: readonly { readonly workerPort: number; readonly p2pPort: number | null }[];
      readonly fullNode: {
        readonly height: number;
        readonly rpcUrl: string;
        readonly user: string;
        readonly password: string;
        readonly p2pPort: number;
      };
    }
  | { readonly type: "trouble"; readonly part: string; readonly reason: string };

/**
 * Hashes that a block and, at first, a share take: about four seconds and a third of a second of one core. Easy enough for
 * a slow machine to show blocks within a minute.
 */
const BLOCK_BITS = 0x1e04cccc;
const NETWORKS = { "35": "demo", "36": "demo36" } as const;
type DemoShareVersion = keyof typeof NETWORKS;

/** What one of the nodes holds of the share chain, and would pay if it found a block now. */
export interface NodeView {
  readonly tip: string | null;
  readonly height: number;
  readonly payouts: ReadonlyMap<string, bigint>;
}

const SETTLE_MS = 1_500;
const SETTLE_STEP_MS = 20;

function viewOf(node: PoolNode): NodeView {
  const { best } = node.chain;
  const template = node.work.currentTemplate;
  const { figures } = node.statistics;
  const payouts =
    template === null || best === null ? [] : [...figures.payouts(bitsToTarget(template.bits), template.subsidy)];
  return {
    tip: best?.id ?? null,
    height: best?.height ?? 0,
    payouts: new Map(payouts.filter(([, amount]) => amount > 0n)),
  };
}

/** Whether all nodes have the same tip and pay the same. */
export function agree([first, ...others]: readonly NodeView[]): boolean {
  const isSame = (view: NodeView): boolean =>
    view.tip === first!.tip &&
    view.payouts.size === first!.payouts.size &&
    [...view.payouts].every(([address, amount]) => first!.payouts.get(address) === amount);
  return first === undefined || others.every(isSame);
}

/**
 * A whole pool in one process: an embedded full node, pool nodes on top of it, and miners that speak Stratum to it over
 * real sockets. Nothing leaves the machine and nothing stays on disk.
 *
 * Life: `start` resolves once miners are connecting; `settle` ends the mining, or a start that is under way; after `stop`,
 * which comes last, has resolved nothing of it is left.
 */
export class Demo {
  private readonly options: DemoOptions;
  private readonly miners: CpuMiner[] = [];
  private fullNode: EmbeddedNode | null = null;
  private rpc: RpcClient | null = null;
  private readonly nodes: PoolNode[] = [];
  private readonly ending = new AbortController();
  private starting: Promise<void> = Promise.resolve();

  constructor(options: DemoOptions) {
    this.options = options;
  }

  /** @throws EmbeddedNodeError, WorkerPortError; an AbortError when it is settled meanwhile. */
  start(): Promise<void> {
    this.starting = this.begin(this.ending.signal);
    return this.starting;
  }

  private async begin(signal: AbortSignal): Promise<void> {
    const { clock, onEvent, host } = this.options;
    const network = networkByName(NETWORKS[this.options.shareVersion]);
    this.fullNode = await EmbeddedNode.start({
      bits: BLOCK_BITS,
      transactionsPerBlock: 3,
      clock,
      signal,
      onExit: (error) => onEvent({ type: "trouble", part: "full node", reason: error.message }),
      onTrouble: (reason) => onEvent({ type: "trouble", part: "full node", reason }),
    });
    const { rpcUrl, auth, height, p2pPort } = this.fullNode;
    this.rpc = new RpcClient({ url: rpcUrl, auth, clock });
    const miners = demoMiners(this.options.miners, network.coin);
    for (let i = 0; i < this.options.nodes; i++) {
      signal.throwIfAborted();
      await this.startNode(network, miners[i % miners.length]!.address);
    }
    const nodes = this.nodes.map((node) => ({
      workerPort: node.boundPort!,
      p2pPort: node.peering?.boundPort ?? null,
    }));
    const { workerPort } = nodes[0]!;
    onEvent({
      type: "started",
      network: network.name,
      miners,
      workerPort,
      statusPage: `http://${host}:${workerPort}/`,
      nodes,
      fullNode: { height, rpcUrl, ...auth, p2pPort },
    });
    for (const [i, { name, address, hashRate }] of miners.entries()) {
      signal.throwIfAborted();
      // "/0" asks for the easiest shares: with so few miners the rule against big ones would make shares rarer than blocks.
      const username = `${address}.${name}/0`;
      const { workerPort: port } = nodes[i % nodes.length]!;
      const miner = new CpuMiner({ host, port, username, pow: "sha256d", hashRateLimit: hashRate, clock });
      miner.on("error", (error) => onEvent({ type: "trouble", part: name, reason: error.message }));
      miner.start();
      this.miners.push(miner);
    }
  }

  /** One more node, which keeps a connection to each of those before it. */
  private async startNode(network: PoolNetwork, address: string): Promise<void> {
    const { clock, log, onEvent, host, port, nodes } = this.options;
    const others = this.nodes.map(({ peering }) => `127.0.0.1:${peering!.boundPort}`);
    const isFirst = this.nodes.length === 0;
    const node = new PoolNode({
      network,
      address,
      rpc: this.rpc!,
      allowObsoleteDaemon: false,
      coinP2p: { daemon: { host: "127.0.0.1", port: this.fullNode!.p2pPort }, relays: [] },
      clock,
      random: systemRandom,
      log,
      feePercent: 0,
      donationPercent: 0,
      coinbaseTexts: [],
      solo: true,
      miners: {
        shareSeconds: 1,
        // Any miner's share of the demo is far below difficulty 1.
        minDifficulty: 1e-6,
        getwork: true,
        tlsPort: null,
        certificate: null,
        proxies: new AddressRanges([]),
        limits: LIMITS,
      },
      workerPort: {
        host,
        port: port ?? network.workerPort,
        ifTaken: port === null || !isFirst ? "next" : "fail",
      },
      peering:
        nodes === 1
          ? null
          : {
              port: 0,
              host: "127.0.0.1",
              failIfTaken: true,
              maxIncoming: nodes,
              outgoing: 0,
              fixedNodes: others,
              externalAddress: null,
              advertise: false,
              mapPort: false,
              localNetwork: true,
            },
      version: VERSION,
      store: null,
      // All nodes follow the same daemon, and each share and block is told by the node that found it.
      onEvent: (event) => {
        if (isFirst || (event.type !== "template" && event.type !== "tip")) onEvent(event);
      },
    });
    this.nodes.push(node);
    await node.start();
  }

  /**
   * Ends the miners and lets the nodes hear of each other's last shares. Resolves with what each node says then, by its own
   * count; after a while even if they do not agree.
   */
  async settle(): Promise<readonly NodeView[]> {
    const { clock } = this.options;
    this.ending.abort();
    // Whatever was about to begin must not do so afterwards.
    await this.starting.catch(() => {});
    await Promise.all(this.miners.map((miner) => miner.stop()));
    for (const giveUpMs = clock.monotonicMs() + SETTLE_MS; ; await sleep(clock, SETTLE_STEP_MS)) {
      const views = this.nodes.map(viewOf);
      if (agree(views) || clock.monotonicMs() >= giveUpMs) return views;
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.miners.map((miner) => miner.stop()));
    await Promise.all(this.nodes.map((node) => node.stop()));
    this.rpc?.close();
    await this.fullNode?.stop();
  }
}
