import { EmbeddedNode } from "../../daemon/embedded/index.js";
import { RpcClient } from "../../daemon/rpc/index.js";
import { networkByName } from "../../networks/index.js";
import type { BlockRecord, NodeEvent } from "../../node/events.js";
import { PoolNode } from "../../node/pool-node.js";
import type { Clock } from "../../platform/clock.js";
import type { Logger } from "../../platform/log.js";
import { systemRandom } from "../../platform/random.js";
import { VERSION } from "../../platform/version.js";
import { CpuMiner } from "../miner/cpu-miner.js";
import { type DemoMiner, demoMiners } from "./payees.js";

export interface DemoOptions {
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
      readonly workerPort: number;
      readonly statusPage: string;
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
const NETWORK = "demo";

/**
 * A whole pool in one process: an embedded full node, a pool node on top of it, and miners that speak Stratum to it over
 * real sockets. Nothing leaves the machine and nothing stays on disk.
 *
 * Life: `start` resolves once miners are connecting; after `stop` has resolved nothing of it is left.
 */
export class Demo {
  private readonly options: DemoOptions;
  private readonly miners: CpuMiner[] = [];
  private fullNode: EmbeddedNode | null = null;
  private rpc: RpcClient | null = null;
  private node: PoolNode | null = null;

  constructor(options: DemoOptions) {
    this.options = options;
  }

  /** @throws EmbeddedNodeError, WorkerPortError; the signal's reason when aborted. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock, log, onEvent, host, port } = this.options;
    const network = networkByName(NETWORK);
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
    this.node = new PoolNode({
      network,
      address: miners[0]!.address,
      rpc: this.rpc,
      clock,
      random: systemRandom,
      log,
      donationPercent: 0,
      coinbaseTexts: [],
      solo: true,
      shareSeconds: 1,
      // Any miner's share of the demo is far below difficulty 1.
      minDifficulty: 1e-6,
      workerPort: { host, port: port ?? network.workerPort, ifTaken: port === null ? "next" : "fail" },
      version: VERSION,
      store: null,
      onEvent,
    });
    const workerPort = await this.node.start();
    onEvent({
      type: "started",
      network: network.name,
      miners,
      workerPort,
      statusPage: `http://${host}:${workerPort}/`,
      fullNode: { height, rpcUrl, ...auth, p2pPort },
    });
    for (const { name, address, hashRate } of miners) {
      signal.throwIfAborted();
      // "/0" asks for the easiest shares: with so few miners the rule against big ones would make shares rarer than blocks.
      const username = `${address}.${name}/0`;
      const miner = new CpuMiner({ host, port: workerPort, username, pow: "sha256d", hashRateLimit: hashRate, clock });
      miner.on("error", (error) => onEvent({ type: "trouble", part: name, reason: error.message }));
      miner.start();
      this.miners.push(miner);
    }
  }

  get blocks(): readonly BlockRecord[] {
    return this.node?.blocks ?? [];
  }

  async stop(): Promise<void> {
    await Promise.all(this.miners.map((miner) => miner.stop()));
    await this.node?.stop();
    this.rpc?.close();
    await this.fullNode?.stop();
  }
}
