import { homedir } from "node:os";
import { join } from "node:path";
import { maxAnswerBytes } from "../../daemon/answer-limit.js";
import { RpcClient } from "../../daemon/rpc/index.js";
import type { PoolNetwork } from "../../networks/index.js";
import type { PeeringSettings } from "../../node/peering.js";
import { PoolNode } from "../../node/pool-node.js";
import { parseNamedEndpoint } from "../../peers/endpoint.js";
import { systemClock, type Timer } from "../../platform/clock.js";
import { systemRandom } from "../../platform/random.js";
import { VERSION } from "../../platform/version.js";
import { LevelDatabase } from "../../store/level-database.js";
import { Store } from "../../store/store.js";
import { checkCoinbaseTexts } from "../../work/coinbase-script.js";
import { EXIT } from "../exit.js";
import {
  attachedOption,
  integerOption,
  listOption,
  numberOption,
  type OptionValues,
  optionGroup,
  quote,
  switchOption,
  textOption,
  UsageError,
} from "../options.js";
import { untilSignal } from "../signals.js";
import { describeConfig } from "./check-config.js";
import type { Command } from "./command.js";
import { findNetwork } from "./find-network.js";
import { logOptions, openJournal } from "./log-options.js";
import { minerOptions, minerSettings, readCertificate } from "./miner-options.js";
import { chooseNetwork, networkOptions } from "./network-options.js";
import { addressSource, describeSource, openAddresses, payoutOptions } from "./payout-address.js";
import {
  clientsForUrls,
  daemonOptions,
  describeCredentials,
  findDaemons,
  givenCredentials,
  ofEach,
} from "./rpc-options.js";
import { addressPortOption, portsOption, workerPortOption } from "./shared-options.js";
import { describePlaces } from "./start-places.js";

/** How often the status block is printed (spec/13 §7). */
const STATUS_MS = 30_000;
const PERCENT = { min: 0, max: 100 };

const options = {
  ...optionGroup("Network and payout", {
    ...networkOptions,
    ...payoutOptions,
    fee: numberOption("fee", "PERCENT", "part of the work of miners that pays this node's address", PERCENT, 0, {
      short: "f",
    }),
    donation: numberOption("give-author", "PERCENT", "donation to the authors of P2Pool", PERCENT, 0),
    coinbaseTexts: listOption("coinbtext", "TEXT", "text for the coinbase script"),
    solo: switchOption("solo", "mine without peers on networks that would wait for them"),
  }),
  ...optionGroup("Coin daemon", {
    ...daemonOptions,
    allowObsolete: switchOption(
      "allow-obsolete-bitcoind",
      "mine on a coin daemon that does not know all soft forks, with a warning",
    ),
    daemonP2pPorts: portsOption(
      "bitcoind-p2p-port",
      "the coin daemon's own P2P port, if not in its configuration file and not the coin's usual one; of several daemons one each, in their order",
    ),
    submitTo: listOption(
      "submit-to",
      "URL",
      "a further daemon that gets found blocks by RPC: http(s)://USER:PASSWORD@HOST:PORT/",
      {
        aliases: ["extra-daemon"],
        secret: true,
      },
    ),
    merged: listOption("merged", "URL", "the daemon of a chain to mine along, as http://USER:PASSWORD@HOST:PORT/", {
      secret: true,
    }),
    mergedAddresses: attachedOption(
      "merged-address",
      "ADDRESS",
      "payout address on the chain of the --merged before it; its daemon's wallet if not given",
      "merged",
    ),
    blockRelays: listOption("block-relay", "HOST[:PORT]", "a further node of the coin that gets found blocks by P2P"),
  }),
  ...optionGroup("Miners and browsers", {
    workerPort: workerPortOption("0.0.0.0"),
    ...minerOptions,
    webBind: addressPortOption("web-bind", "where browsers connect, instead of the miners' port", "127.0.0.1"),
    webPassword: textOption(
      "web-password",
      "PASSWORD",
      "for what only the operator may see of the web side; without one, browsers on this machine may",
      null,
      { secret: true },
    ),
    webStatic: textOption("web-static", "DIR", "another front-end, instead of the built-in one", null),
  }),
  ...optionGroup("Other nodes", {
    p2pPort: integerOption(
      "p2pool-port",
      "PORT",
      "where other nodes connect; the network's if not given",
      { min: 1, max: 65535 },
      null,
    ),
    peers: listOption("p2pool-node", "HOST[:PORT]", "a node to stay connected to", { short: "n" }),
    maxConns: integerOption("max-conns", "N", "most connections from other nodes", { min: 0, max: 1000 }, 40),
    outgoingConns: integerOption("outgoing-conns", "N", "connections to other nodes to keep", { min: 0, max: 10 }, 6),
    externalIp: textOption("external-ip", "ADDR[:PORT]", "where other nodes reach this one", null),
    disableUpnp: switchOption("disable-upnp", "do not ask the router to pass the P2P port on"),
    disableAdvertise: switchOption("disable-advertise", "do not tell other nodes this one's address"),
    localNetwork: switchOption("local-network", "private addresses are dialled and told on, too"),
    testAddresses: switchOption("test-addresses", "of 127/8 only 127.0.0.1 counts as this machine", { isHidden: true }),
  }),
  ...optionGroup("Files and messages", {
    dataDir: textOption("datadir", "DIR", "where shares are kept, in a folder for each network", defaultDataDir(), {
      defaultText: "~/.p2pool",
    }),
    noWait: switchOption("no-wait", "fail, rather than wait, while another p2pool has the same data"),
    ...logOptions,
    checkConfig: switchOption("check-config", "say what would be used and why, and exit", {
      aliases: ["print-config"],
    }),
  }),
  ...optionGroup("Taken from scripts of the Python node, without effect", {
    bench: switchOption("bench", "`npm run bench` tells what things cost"),
    iocp: switchOption("iocp", "Node.js does this by itself on Windows"),
    noBugreport: switchOption("no-bugreport", "errors are never sent to anybody"),
    rconsole: switchOption("rconsole", "there is no remote console: an error"),
  }),
};

export const nodeCommand: Command<typeof options> = {
  name: "node",
  usage: "p2pool [options] [RPCUSER] [RPCPASSWORD]",
  summary: "a pool node on top of a coin daemon",
  options,
  async run(values, positionals, output, origins = new Map()) {
    if (values.rconsole) throw new UsageError("--rconsole: there is no remote console", "rconsole");
    const { network, why } = await networkFor(values, positionals, origins);
    const folder = join(values.dataDir, network.name);
    const source = addressSource(values, network, folder);
    const texts = values.coinbaseTexts.map((text) => new TextEncoder().encode(text));
    checkCoinbaseTexts(texts, values.merged.length > 0);
    const merged = values.merged.map((url, i) => ({
      url: checkMergedUrl(url),
      address: values.mergedAddresses[i] ?? null,
    }));
    const credentials = givenCredentials(positionals, process.env);
    // Other users of this machine see command lines.
    if (positionals.length > 0 || process.argv.some((word) => /:\/\/[^/]*@/.test(word))) process.title = "p2pool";
    const workerPlace = { host: values.workerPort.host, port: values.workerPort.port ?? network.workerPort };
    const found = await findDaemons(values, network.coin, credentials);
    if (values.checkConfig) {
      const config = describeConfig({
        table: options,
        values,
        origins,
        network: why === null ? network.name : `${network.name}: ${why}`,
        daemons: found.map((daemon, i) => ({ ...daemon, p2pPort: ofEach(values.daemonP2pPorts, i) ?? daemon.p2pPort })),
        credentialsFrom: credentials === null ? null : positionals.length > 0 ? "command line" : "environment",
        payout: await describeSource(source),
        folders: [
          ["data", folder],
          ["shares and blocks", join(folder, "store")],
          ["quarantine", join(folder, "quarantine")],
          ["log", values.logFile ?? join(folder, "log")],
        ],
        ports: [
          ["miners", `${workerPlace.host}:${workerPlace.port}`],
          ["browsers", values.webBind === null ? "the miners' port" : `${values.webBind.host}:${values.webBind.port}`],
          ["other nodes", values.solo ? "none" : String(values.p2pPort ?? network.p2pPort)],
        ],
      });
      for (const line of config) output.print(line);
      return EXIT.ok;
    }
    const { journal, file: logFile } = openJournal(values, join(folder, "log"), output);
    const { log } = journal;
    for (const warning of new Set(found.flatMap(({ warnings }) => warnings))) log.warn({}, warning);
    const [rpc, ...otherDaemons] = found.map(
      ({ url, auth }) => new RpcClient({ url, auth, maxResponseBytes: maxAnswerBytes(network) }),
    ) as [RpcClient, ...RpcClient[]];
    const [p2p, ...others] = found.map(({ host, p2pPort }, i) => ({
      host,
      port: ofEach(values.daemonP2pPorts, i) ?? p2pPort,
    })) as [Endpoint, ...Endpoint[]];
    const submitTo = clientsForUrls(values.submitTo, "submit-to");
    if (why !== null) journal.say(`network ${network.name}: ${why}`);
    let ended = (): void => {};
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const signal = untilSignal(() => ended());
    const release = async (): Promise<void> => {
      for (const client of [rpc, ...otherDaemons, ...submitTo]) client.close();
      await logFile.stop();
      signal.release();
    };
    const wallet = { rpc, network, clock: systemClock, random: systemRandom, log, signal: signal.aborted };
    const payout = await openAddresses(source, wallet).catch(async (error: unknown) => {
      await release();
      throw error;
    });
    if (payout === null) {
      await release();
      return EXIT.ok;
    }
    const store = new Store({
      database: new LevelDatabase({ directory: join(folder, "store") }),
      network,
      clock: systemClock,
      log,
    });
    const node = new PoolNode({
      network,
      address: payout.addresses.main,
      addresses: payout.addresses,
      rpc,
      otherDaemons,
      submitTo,
      allowObsoleteDaemon: values.allowObsolete,
      coinP2p: {
        daemon: p2p,
        others,
        relays: values.blockRelays.map((text) => endpointOf(text, "block-relay", network.coin.p2pPort)),
      },
      merged,
      clock: systemClock,
      random: systemRandom,
      log,
      feePercent: values.fee,
      donationPercent: values.donation,
      coinbaseTexts: texts,
      solo: values.solo,
      miners: minerSettings(values),
      workerPort: { ...workerPlace, ifTaken: "fail" },
      peering: values.solo ? null : peeringSettings(values, network),
      version: VERSION,
      web: { bind: values.webBind, password: values.webPassword, staticDir: values.webStatic },
      store,
      dataDirectory: folder,
      quarantineDirectory: join(folder, "quarantine"),
      onEvent: (event) => journal.event(event),
    });
    const renewCertificate = (): void => {
      try {
        const certificate = readCertificate(values);
        if (certificate !== null) node.setCertificate(certificate);
      } catch (error) {
        log.error({ err: error }, "the certificate cannot be read again; the one before stays");
      }
    };
    let showing: Timer | null = null;
    const reopenLog = (): void => logFile.reopen();
    process.on("SIGHUP", renewCertificate).on("SIGHUP", reopenLog).on("SIGUSR1", reopenLog);
    try {
      if (values.noWait) await store.start();
      else {
        const wait = (): void => journal.say(`another p2pool has ${folder}; this one takes over when it ends`);
        // The clock's timers alone do not keep a process alive.
        const alive = setInterval(() => {}, 60_000);
        const isFree = await store.startWhenFree(signal.aborted, wait).finally(() => clearInterval(alive));
        if (!isFree) return EXIT.ok;
      }
      const workerPort = await node.start();
      journal.say(
        `P2Pool ${VERSION}, network ${network.name}; daemon ${rpc.endpoint}, ${describeCredentials(found[0]!)}`,
      );
      for (const other of otherDaemons) journal.say(`another daemon, if that one fails: ${other.endpoint}`);
      journal.say(`payout address ${payout.addresses.all.join(", ")} (${payout.origin}); data in ${folder}`);
      const places = { symbol: network.coin.symbol, workerPort, tlsPort: node.boundTlsPort, webUrl: node.webUrl };
      const { lines, qr } = describePlaces({ ...places, host: workerPlace.host });
      for (const line of lines) journal.say(line);
      if (output.isTerminal && values.logFormat === "text") for (const line of qr) output.print(line);
      const p2pPort = node.peering?.boundPort ?? null;
      if (p2pPort !== null) journal.say(`other nodes: port ${p2pPort}`);
      if (network.persist && !values.solo) journal.say("work is handed out once a peer is connected");
      showing = systemClock.every(STATUS_MS, () => journal.say(node.statusLines().join("\n")));
      await end;
      return EXIT.ok;
    } finally {
      showing?.cancel();
      process.off("SIGHUP", renewCertificate).off("SIGHUP", reopenLog).off("SIGUSR1", reopenLog);
      await node.stop();
      await release();
    }
  },
};

function peeringSettings(values: OptionValues<typeof options>, network: PoolNetwork): PeeringSettings {
  for (const text of values.peers) endpointOf(text, "p2pool-node", network.p2pPort);
  if (values.externalIp !== null) endpointOf(values.externalIp, "external-ip", network.p2pPort);
  if (values.testAddresses && network.coin.daemon.chain !== "regtest") {
    throw new UsageError("--test-addresses is for regtest networks only", "test-addresses");
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
    testAddresses: values.testAddresses,
  };
}

/** Never repeats the text, which holds a password. */
function checkMergedUrl(text: string): string {
  const isUrl = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (isUrl && /^[^/]*\/\/[^/]*@/.test(text)) return text;
  throw new UsageError("--merged: needs http://USER:PASSWORD@HOST:PORT/", "merged");
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

function endpointOf(text: string, option: string, defaultPort: number): Endpoint {
  const endpoint = parseNamedEndpoint(text, defaultPort);
  if (endpoint === null) throw new UsageError(`--${option}: ${quote(text)} is not HOST or HOST:PORT`, option);
  return { host: endpoint.name, port: endpoint.port };
}

/** Options that say which daemon is meant: with one of them nothing is looked for on this machine. */
const NAMES_A_DAEMON = ["net", "testnet", "networkFile", "daemonAddresses", "daemonPort", "daemonConfig", "cookies"];

/** `why`: null where the operator said it. */
async function networkFor(
  values: OptionValues<typeof options>,
  positionals: readonly string[],
  origins: ReadonlyMap<string, string>,
): Promise<{ readonly network: PoolNetwork; readonly why: string | null }> {
  const isSaid = positionals.length > 0 || NAMES_A_DAEMON.some((key) => origins.has(key));
  if (isSaid) return { network: chooseNetwork(values), why: null };
  return findNetwork(values.dataDir, values.address === "dynamic" ? null : values.address);
}

/** Beside other programs' data, not beside the program, which may be anywhere and read-only. */
function defaultDataDir(): string {
  return join(homedir(), ".p2pool");
}
