import { homedir } from "node:os";
import { join } from "node:path";
import { canonicalAddress } from "../../bitcoin/address.js";
import { explainUnpayable } from "../../bitcoin/unpayable.js";
import { type RpcAuth, RpcClient } from "../../daemon/rpc/index.js";
import { COINS, type PoolNetwork } from "../../networks/index.js";
import type { PeeringSettings } from "../../node/peering.js";
import { PoolNode } from "../../node/pool-node.js";
import { parseNamedEndpoint } from "../../peers/endpoint.js";
import { systemClock } from "../../platform/clock.js";
import { createLogger } from "../../platform/log.js";
import { systemRandom } from "../../platform/random.js";
import { VERSION } from "../../platform/version.js";
import { LevelDatabase } from "../../store/level-database.js";
import { Store } from "../../store/store.js";
import { checkCoinbaseTexts } from "../../work/coinbase-script.js";
import { EXIT } from "../exit.js";
import {
  integerOption,
  listOption,
  numberOption,
  type OptionValues,
  quote,
  switchOption,
  textOption,
  UsageError,
} from "../options.js";
import { untilSignal } from "../signals.js";
import type { Command } from "./command.js";
import { chooseNetwork, networkOptions } from "./network-options.js";
import { describeNodeEvent } from "./node-report.js";
import { commonOptions, webBindOption, workerPortOption } from "./shared-options.js";

const options = {
  ...networkOptions,
  address: textOption("address", "ADDRESS", "payout address of this node; also paid for miners without one", null, {
    short: "a",
  }),
  daemonAddress: textOption("bitcoind-address", "HOST", "the coin daemon's host", "127.0.0.1"),
  daemonPort: integerOption(
    "bitcoind-rpc-port",
    "PORT",
    "the coin daemon's RPC port; the network's if not given",
    { min: 1, max: 65535 },
    null,
  ),
  cookie: textOption("rpc-cookie", "FILE", "the coin daemon's cookie file, instead of user and password", null),
  workerPort: workerPortOption("0.0.0.0"),
  p2pPort: integerOption(
    "p2pool-port",
    "PORT",
    "where other nodes connect; the network's if not given",
    { min: 1, max: 65535 },
    null,
  ),
  peers: listOption("p2pool-node", "HOST[:PORT]", "a node to stay connected to; may be repeated", { short: "n" }),
  maxConns: integerOption("max-conns", "N", "most connections from other nodes", { min: 0, max: 1000 }, 40),
  outgoingConns: integerOption("outgoing-conns", "N", "connections to other nodes to keep", { min: 0, max: 10 }, 6),
  externalIp: textOption("external-ip", "ADDR[:PORT]", "where other nodes reach this one", null),
  disableUpnp: switchOption("disable-upnp", "do not ask the router to pass the P2P port on"),
  disableAdvertise: switchOption("disable-advertise", "do not tell other nodes this one's address"),
  localNetwork: switchOption("local-network", "private addresses are dialled and told on, too"),
  dataDir: textOption("datadir", "DIR", "where shares are kept, in a folder for each network", defaultDataDir()),
  solo: switchOption("solo", "mine without peers on networks that would wait for them"),
  donation: numberOption("give-author", "PERCENT", "donation to the authors of P2Pool", { min: 0, max: 99.9 }, 0),
  coinbaseTexts: listOption("coinbtext", "TEXT", "text for the coinbase script"),
  shareRate: numberOption("share-rate", "SECONDS", "time between a miner's pseudo-shares", { min: 0.1, max: 600 }, 3, {
    short: "s",
  }),
  minDifficulty: numberOption("min-difficulty", "N", "lowest difficulty of pseudo-shares", { min: 1e-9, max: 1e15 }, 1),
  webBind: webBindOption,
  webPassword: textOption(
    "web-password",
    "PASSWORD",
    "for what only the operator may see of the web side; without one, browsers on this machine may",
    null,
  ),
  webStatic: textOption("web-static", "DIR", "another front-end, instead of the built-in one", null),
  ...commonOptions,
};

export const nodeCommand: Command<typeof options> = {
  name: "node",
  usage: "p2pool [options] [RPCUSER] [RPCPASSWORD]",
  summary: "a pool node on top of a coin daemon",
  options,
  async run(values, positionals, output) {
    const network = chooseNetwork(values);
    const address = checkAddress(values.address, network);
    const texts = values.coinbaseTexts.map((text) => new TextEncoder().encode(text));
    checkCoinbaseTexts(texts);
    const port = values.daemonPort ?? network.coin.rpcPort;
    const rpc = new RpcClient({
      url: `http://${values.daemonAddress.includes(":") ? `[${values.daemonAddress}]` : values.daemonAddress}:${port}/`,
      auth: chooseAuth(values.cookie, positionals),
      clock: systemClock,
    });
    const log = createLogger(values.logLevel);
    const node = new PoolNode({
      network,
      address,
      rpc,
      clock: systemClock,
      random: systemRandom,
      log,
      donationPercent: values.donation,
      coinbaseTexts: texts,
      solo: values.solo,
      shareSeconds: values.shareRate,
      minDifficulty: values.minDifficulty,
      workerPort: { host: values.workerPort.host, port: values.workerPort.port ?? network.workerPort, ifTaken: "fail" },
      peering: values.solo ? null : peeringSettings(values, network),
      version: VERSION,
      webBind: values.webBind === null ? null : { host: values.webBind.host, port: values.webBind.port! },
      webPassword: values.webPassword,
      webStatic: values.webStatic,
      store: new Store({
        database: new LevelDatabase({ directory: join(values.dataDir, network.name, "store") }),
        network,
        clock: systemClock,
        log,
      }),
      onEvent: (event) => {
        const line = describeNodeEvent(event);
        if (line !== null) output.print(`${new Date().toISOString()} ${line}`);
      },
    });
    let ended = (): void => {};
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const signal = untilSignal(() => ended());
    try {
      const workerPort = await node.start();
      output.print(`P2Pool ${VERSION}, network ${network.name}; daemon ${rpc.endpoint}`);
      const webUrl = values.webBind === null ? `http://127.0.0.1:${workerPort}/` : node.webUrl;
      output.print(`miners: stratum+tcp://<this machine>:${workerPort}  dashboard: ${webUrl}`);
      const p2pPort = node.peering?.boundPort ?? null;
      if (p2pPort !== null) output.print(`other nodes: port ${p2pPort}`);
      if (network.persist && !values.solo) output.print("work is handed out once a peer is connected");
      await end;
      return EXIT.ok;
    } finally {
      await node.stop();
      rpc.close();
      signal.release();
    }
  },
};

function peeringSettings(values: OptionValues<typeof options>, network: PoolNetwork): PeeringSettings {
  for (const text of [...values.peers, ...(values.externalIp === null ? [] : [values.externalIp])]) {
    if (parseNamedEndpoint(text, network.p2pPort) !== null) continue;
    const option = text === values.externalIp ? "external-ip" : "p2pool-node";
    throw new UsageError(`--${option}: ${quote(text)} is not HOST or HOST:PORT`, option);
  }
  return {
    port: values.p2pPort ?? network.p2pPort,
    failIfTaken: values.p2pPort !== null,
    maxIncoming: values.maxConns,
    outgoing: values.outgoingConns,
    fixedNodes: values.peers,
    externalAddress: values.externalIp,
    advertise: !values.disableAdvertise,
    mapPort: !values.disableUpnp,
    localNetwork: values.localNetwork,
  };
}

function checkAddress(address: string | null, network: PoolNetwork): string {
  if (address === null) throw new UsageError("a payout address is needed: -a ADDRESS", "address");
  const unpayable = explainUnpayable(address, network.coin, network.genesisShareVersion, COINS);
  if (unpayable !== null) throw new UsageError(`--address ${quote(address)}: ${unpayable.reason}`, "address");
  return canonicalAddress(address, network.coin);
}

/** Beside other programs' data, not beside the program, which may be anywhere and read-only. */
function defaultDataDir(): string {
  return join(homedir(), ".p2pool");
}

/** One word is a password, two are user and password (spec/13 §1). */
function chooseAuth(cookie: string | null, positionals: readonly string[]): RpcAuth {
  if (positionals.length > 2) throw new UsageError("more than a user name and a password were given");
  if (cookie !== null) return { cookieFile: cookie };
  if (positionals.length === 0) {
    throw new UsageError("the coin daemon's credentials are needed: RPCUSER RPCPASSWORD, or --rpc-cookie FILE");
  }
  const [user, password] = positionals.length === 1 ? ["", positionals[0]!] : [positionals[0]!, positionals[1]!];
  return { user, password };
}
