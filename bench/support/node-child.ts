import { monitorEventLoopDelay } from "node:perf_hooks";
import { RpcClient } from "../../src/daemon/rpc/index.js";
import { PoolNode } from "../../src/node/pool-node.js";
import { AddressRanges } from "../../src/platform/address-ranges.js";
import { type Clock, systemClock } from "../../src/platform/clock.js";
import { createLogger } from "../../src/platform/log.js";
import { systemRandom } from "../../src/platform/random.js";
import { LevelDatabase } from "../../src/store/level-database.js";
import { Store } from "../../src/store/store.js";
import { LIMITS } from "../../src/workers/limits.js";
import { FakeDaemon, ok } from "../../test/support/daemon-fake.js";
import { rawPayment, rawTemplate } from "../../test/support/daemon-template.js";
import { chainNetwork, fill, recordedShares } from "./chains.js";
import { type Memory, measuredMemory } from "./miner-servers.js";

// A whole pool node on a full chain, with a scripted daemon, in a process of its own. Tells its worker port once it is there, and
// its memory whenever it is asked.

/** The one argument, as JSON. */
export interface NodeSetup {
  /** Its time, seconds since 1970. */
  readonly now: number;
  readonly fixedNodes: readonly string[];
  /** The folder of its store, which is opened then; a pool of one. Null for the recorded chain, and nothing on disk. */
  readonly store: string | null;
}

export interface NodeReady {
  readonly workerPort: number;
  /** When it began with its store, milliseconds since 1970. */
  readonly openedAtMs: number;
  readonly shares: number;
  readonly verified: number;
  /** Longest time between two turns of the event loop since then, milliseconds. */
  readonly loopMaxMs: number;
}

type FromNode = NodeReady | Memory;

const BITS = "17034219";
const TRANSACTIONS = 200;

const setup = JSON.parse(process.argv[2]!) as NodeSetup;
const offset = setup.now - systemClock.now();
const clock: Clock = { ...systemClock, now: () => systemClock.now() + offset };
const log = createLogger("error");
const network = chainNetwork();

const template = rawTemplate({
  bits: BITS,
  target: `0000000000000000000${"34219".padEnd(45, "0")}`,
  coinbasevalue: 312_500_000,
  height: 818_000,
  curtime: Math.floor(clock.now()),
  mintime: Math.floor(clock.now()) - 3600,
  longpollid: undefined,
  default_witness_commitment: undefined,
  transactions: Array.from({ length: TRANSACTIONS }, (_, i) => rawPayment(i + 1)),
});
const chain = {
  chain: "main",
  blocks: 817_999,
  headers: 817_999,
  bestblockhash: template.previousblockhash,
  softforks: Object.fromEntries(network.softforksRequired.map((name) => [name, {}])),
};
const answers: Readonly<Record<string, unknown>> = {
  getblocktemplate: template,
  getblockchaininfo: chain,
  getnetworkinfo: { version: 280_000, connections: 8 },
};
const daemon = await FakeDaemon.start((request) => ok(request, answers[request.method] ?? { height: 817_000 }));
const node = new PoolNode({
  network,
  address: "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
  rpc: new RpcClient({ url: daemon.url, auth: { user: "user", password: "password" } }),
  allowObsoleteDaemon: false,
  clock,
  random: systemRandom,
  log,
  feePercent: 0,
  donationPercent: 0,
  coinbaseTexts: [],
  solo: setup.store !== null,
  miners: {
    getwork: true,
    tlsPort: null,
    certificate: null,
    proxies: new AddressRanges([]),
    limits: LIMITS,
  },
  workerPort: { host: "127.0.0.1", port: 0, ifTaken: "fail" },
  peering: {
    port: 0,
    host: "127.0.0.1",
    failIfTaken: true,
    maxIncoming: 10,
    outgoing: 0,
    fixedNodes: setup.fixedNodes,
    externalAddress: null,
    advertise: false,
    mapPort: false,
    localNetwork: true,
  },
  version: "bench",
  store:
    setup.store === null
      ? null
      : new Store({ database: new LevelDatabase({ directory: setup.store }), network, clock, log }),
  onEvent: () => {},
});
if (setup.store === null) fill(node.chain.tracker, recordedShares());
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const openedAtMs = Date.now();
const workerPort = await node.start();
const { main, verified } = node.chain.tracker;
// A bench that is interrupted leaves nothing behind.
process.on("disconnect", () => process.exit());
process.on("message", () => void measuredMemory().then(tell));
tell({ workerPort, openedAtMs, shares: main.size, verified: verified.size, loopMaxMs: delay.max / 1e6 });

function tell(message: FromNode): void {
  process.send!(message);
}
