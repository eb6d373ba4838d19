import { CpuMiner } from "../../src/cli/miner/cpu-miner.js";
import { RpcClient } from "../../src/daemon/rpc/index.js";
import { networkByName } from "../../src/networks/index.js";
import type { NodeEvent } from "../../src/node/events.js";
import { PoolNode } from "../../src/node/pool-node.js";
import { AddressRanges } from "../../src/platform/address-ranges.js";
import { createLogger } from "../../src/platform/log.js";
import { systemRandom } from "../../src/platform/random.js";
import { MemoryDatabase } from "../../src/store/memory-database.js";
import { Store } from "../../src/store/store.js";
import { LIMITS } from "../../src/workers/limits.js";
import { fastClock } from "./fast-clock.js";

const OPERATOR = "rltc1qqurswpc8qurswpc8qurswpc8qurswpc8ntpxlg";
/** A minute of the node takes three seconds. */
const FACTOR = 20;
const STEP_MS = 10;

/** Where a daemon is, or a wire that leads to it. */
export interface DaemonPlace {
  readonly rpcPort: number;
  readonly p2pPort: number;
  readonly cookieFile: string;
}

/** A node on litecoind in this process, on a clock that runs fast, with one miner. */
export class LitecoinNode {
  readonly lines: string[] = [];
  readonly events: NodeEvent[] = [];
  readonly node: PoolNode;
  private readonly clients: readonly RpcClient[];
  private miner: CpuMiner | null = null;

  constructor(daemons: readonly DaemonPlace[]) {
    const network = networkByName("litecoin_regtest");
    const clock = fastClock(FACTOR);
    const write = (text: string): void => void this.lines.push((JSON.parse(text) as { msg: string }).msg);
    const log = createLogger("info", { write });
    this.clients = daemons.map(
      ({ rpcPort, cookieFile }) =>
        new RpcClient({ url: `http://127.0.0.1:${rpcPort}/`, auth: { cookieFile }, clock, connectTimeoutMs: 20_000 }),
    );
    const [rpc, ...otherDaemons] = this.clients;
    const [p2p, ...others] = daemons.map(({ p2pPort }) => ({ host: "127.0.0.1", port: p2pPort }));
    this.node = new PoolNode({
      network,
      address: OPERATOR,
      rpc: rpc!,
      otherDaemons,
      allowObsoleteDaemon: false,
      coinP2p: { daemon: p2p!, others, relays: [] },
      clock,
      random: systemRandom,
      log,
      feePercent: 0,
      donationPercent: 0,
      coinbaseTexts: [],
      solo: true,
      miners: {
        shareSeconds: 1,
        minDifficulty: 1e-6,
        getwork: false,
        tlsPort: null,
        certificate: null,
        proxies: new AddressRanges([]),
        limits: LIMITS,
      },
      workerPort: { host: "127.0.0.1", port: 0, ifTaken: "fail" },
      peering: null,
      version: "0.0.0-test",
      store: new Store({ database: new MemoryDatabase(), network, clock, log }),
      onEvent: (event) => this.events.push(event),
    });
  }

  /** Work that a miner would get now, or why there is none. */
  get refusal(): string | null {
    const job = this.node.work.job({ payee: null, shareDifficulty: null });
    return "refused" in job ? job.refused : null;
  }

  /** Resolves with the first of these events from number `from` on. */
  async untilEvent<T extends NodeEvent["type"]>(type: T, from = 0): Promise<NodeEvent & { type: T }> {
    return this.until(() => this.events.slice(from).find((event) => event.type === type) as NodeEvent & { type: T });
  }

  async untilLine(pattern: RegExp, from = 0): Promise<string> {
    return this.until(() => this.lines.slice(from).find((line) => pattern.test(line)));
  }

  /** Looks until there is something; a test's own time-out ends it. */
  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    }
  }

  async start(): Promise<void> {
    await this.node.start();
    await this.untilEvent("template");
  }

  startMiner(): void {
    const username = `${OPERATOR}.rig`;
    this.miner = new CpuMiner({ host: "127.0.0.1", port: this.node.boundPort!, username, pow: "scrypt" });
    this.miner.on("error", () => {});
    this.miner.start();
  }

  async stopMiner(): Promise<void> {
    await this.miner?.stop();
    this.miner = null;
  }

  async stop(): Promise<void> {
    await this.stopMiner();
    await this.node.stop();
    for (const client of this.clients) client.close();
  }
}
