import type { PoolNetwork } from "../../networks/index.js";
import type { PeeringSettings } from "../../node/peering.js";
import { parseNamedEndpoint } from "../../peers/endpoint.js";
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
import { alertOptions } from "./alert-options.js";
import { announceOptions } from "./announce-options.js";
import { findNetwork } from "./find-network.js";
import { logOptions } from "./log-options.js";
import { minerOptions } from "./miner-options.js";
import { chooseNetwork, networkOptions } from "./network-options.js";
import { payoutOptions } from "./payout-address.js";
import { daemonOptions } from "./rpc-options.js";
import { addressPortOption, dataDirOption, portsOption, workerPortOption } from "./shared-options.js";

const PERCENT = { min: 0, max: 100 };

/** Options of the node; `p2pool doctor` takes them too. */
export const nodeOptions = {
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
      "your payout address on the chain of the --merged before it; its daemon's wallet if not given",
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
  ...optionGroup("Processors", {
    threads: integerOption(
      "threads",
      "N",
      "processors for proof of work that is costly (scrypt); one less than there are if not given",
      { min: 1, max: 256 },
      null,
    ),
  }),
  ...optionGroup("Files and messages", {
    dataDir: dataDirOption,
    noWait: switchOption(
      "no-wait",
      "fail, rather than wait, while another p2pool has the same data or another program the ports",
    ),
    ...logOptions,
    checkConfig: switchOption("check-config", "say what would be used and why, and exit", {
      aliases: ["print-config"],
    }),
  }),
  ...optionGroup("Alerts and announcements", { ...alertOptions, ...announceOptions }),
  ...optionGroup("Taken from scripts of the Python node, without effect", {
    bench: switchOption("bench", "`npm run bench` tells what things cost"),
    iocp: switchOption("iocp", "Node.js does this by itself on Windows"),
    noBugreport: switchOption("no-bugreport", "errors are never sent to anybody"),
    rconsole: switchOption("rconsole", "there is no remote console: an error"),
  }),
};

export type NodeOptionValues = OptionValues<typeof nodeOptions>;

/** @throws UsageError naming the option */
export function peeringSettings(values: NodeOptionValues, network: PoolNetwork): PeeringSettings {
  for (const text of values.peers) endpointOf(text, "p2pool-node", network.p2pPort);
  if (values.externalIp !== null) endpointOf(values.externalIp, "external-ip", network.p2pPort);
  if (values.testAddresses && network.coin.daemon.chain !== "regtest") {
    throw new UsageError("--test-addresses is for regtest networks only", "test-addresses");
  }
  return {
    port: values.p2pPort ?? network.p2pPort,
    failIfTaken: values.noWait,
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
export function checkMergedUrl(text: string): string {
  const isUrl = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (isUrl && /^[^/]*\/\/[^/]*@/.test(text)) return text;
  throw new UsageError("--merged: needs http://USER:PASSWORD@HOST:PORT/", "merged");
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export function endpointOf(text: string, option: string, defaultPort: number): Endpoint {
  const endpoint = parseNamedEndpoint(text, defaultPort);
  if (endpoint === null) throw new UsageError(`--${option}: ${quote(text)} is not HOST or HOST:PORT`, option);
  return { host: endpoint.name, port: endpoint.port };
}

/** Options that say which daemon is meant: with one of them nothing is looked for on this machine. */
const NAMES_A_DAEMON = ["net", "testnet", "networkFile", "daemonAddresses", "daemonPort", "daemonConfig", "cookies"];

/** `why`: null where the operator said it. */
export async function networkFor(
  values: NodeOptionValues,
  positionals: readonly string[],
  origins: ReadonlyMap<string, string>,
): Promise<{ readonly network: PoolNetwork; readonly why: string | null }> {
  const isSaid = positionals.length > 0 || NAMES_A_DAEMON.some((key) => origins.has(key));
  if (isSaid) return { network: chooseNetwork(values), why: null };
  return findNetwork(values.dataDir, values.address === "dynamic" ? null : values.address);
}
