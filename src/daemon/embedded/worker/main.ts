// The embedded full node, alone in a worker thread: bcoin on regtest, in memory (EMBEDDED-NODE in docs). Bundled with
// bcoin into dist/embedded/bcoin-worker.cjs by scripts/build.mjs; only that file is ever run.
import { createHash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import FullNode from "bcoin/lib/node/fullnode.js";
import KeyRing from "bcoin/lib/primitives/keyring.js";
import networks from "bcoin/lib/protocol/networks.js";
import { type EmbeddedWorkerData, type EmbeddedWorkerMessage, STOP } from "../messages.js";
import { premine } from "./premine.js";
import { Traffic } from "./traffic.js";

function post(message: EmbeddedWorkerMessage): void {
  parentPort?.postMessage(message);
}

/** A client that closes its connection in the middle of something is no trouble of the node's. */
function isHangUp(error: NodeJS.ErrnoException): boolean {
  return error.code === "ECONNRESET" || error.code === "EPIPE";
}

/** bcoin keeps one mutable record a network, so one chain a thread. */
function adjustRegtest(): void {
  const { regtest } = networks;
  regtest.halvingInterval = 210_000;
  // Segwit is active from block 9 on instead of 432: DEFINED, STARTED and LOCKED_IN last one window each.
  regtest.minerWindow = 3;
  regtest.activationThreshold = 2;
  regtest.block.bip34height = 1;
  // bcoin invented its own; these are Bitcoin's. The two witness prefixes are of a form that was never used.
  Object.assign(regtest.addressPrefix, { pubkeyhash: 0x6f, scripthash: 0xc4, bech32: "bcrt" });
}

async function start(data: EmbeddedWorkerData): Promise<void> {
  adjustRegtest();
  const node = new FullNode({
    network: "regtest",
    memory: true,
    config: false,
    argv: false,
    env: false,
    workers: false,
    logLevel: "none",
    logConsole: false,
    listen: true,
    host: "127.0.0.1",
    port: data.p2pPort,
    httpHost: "127.0.0.1",
    httpPort: data.rpcPort,
    apiKey: data.apiKey,
    persistentMempool: false,
    seeds: [],
    maxOutbound: 1,
  });
  // It would ask public DNS servers for our address; the embedded node contacts nobody.
  node.pool.discoverExternal = async () => {};
  const easiest = networks.regtest.pow.bits;
  node.chain.getTarget = async (_time, previous) => (previous.height < data.premine ? easiest : data.bits);
  node.on("error", (error) => {
    if (!isHangUp(error)) post({ kind: "trouble", message: error.message });
  });
  await node.open();

  // A fixed key whose coins are worth nothing: whoever wants them may have them.
  const ring = KeyRing.fromPrivate(createHash("sha256").update("p2pool embedded node").digest(), true);
  ring.witness = true;
  const address = ring.getAddress();
  const coinbases = await premine(node, { blocks: data.premine, lastTime: data.premineTime, address });
  const { transactionsPerBlock, transactionIntervalMs: intervalMs } = data;
  if (transactionsPerBlock > 0) {
    const onTrouble = (message: string): void => post({ kind: "trouble", message });
    await new Traffic({ node, ring, coinbases, transactionsPerBlock, intervalMs, onTrouble }).start();
  }
  await node.connect();
  node.startSync();
  post({ kind: "ready", height: node.chain.height });
}

parentPort?.on("message", (message: unknown) => {
  if (message === STOP) process.exit(0);
});

start(workerData as EmbeddedWorkerData).catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  post({ kind: "failed", message, portInUse: message.includes("EADDRINUSE") });
});
