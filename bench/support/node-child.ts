import { RpcClient } from "../../src/daemon/rpc/index.js";
import { PoolNode } from "../../src/node/pool-node.js";
import { AddressRanges } from "../../src/platform/address-ranges.js";
import { type Clock, systemClock } from "../../src/platform/clock.js";
import { createLogger } from "../../src/platform/log.js";
import { systemRandom } from "../../src/platform/random.js";
import { LIMITS } from "../../src/workers/limits.js";
import { FakeDaemon, ok } from "../../test/support/daemon-fake.js";
import { rawPayment, rawTemplate } from "../../test/support/daemon-template.js";
import { chainNetwork, fill, recordedShares } from "./chains.js";

// A whole pool node on a full chain, with a scripted daemon, in a process of its own. Arguments: where it finds its peers, and the
// time. Tells its worker port once it is there, and its memory whenever it is asked.

export type FromNode = { readonly workerPort: number } | { readonly residentBytes: number };

const BITS = "17034219";
const TRANSACTIONS = 200;

const [now, ...fixedNodes] = process.argv.slice(2);
const offset = Number(now) - systemClock.now();
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
  solo: false,
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
    fixedNodes,
    externalAddress: null,
    advertise: false,
    mapPort: false,
    localNetwork: true,
  },
  version: "bench",
  store: null,
  onEvent: () => {},
});
fill(node.chain.tracker, recordedShares());
const workerPort = await node.start();
process.on("message", () => {
  globalThis.gc?.();
  tell({ residentBytes: process.memoryUsage.rss() });
});
tell({ workerPort });

function tell(message: FromNode): void {
  process.send!(message);
}
