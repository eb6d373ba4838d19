import { isIP } from "node:net";
import type { Coin } from "../../bitcoin/coin.js";
import { errorMessage } from "../../core/errors.js";
import type { RpcAuth } from "../rpc/credentials.js";
import { isExposed, parseEndpoint } from "../rpc/endpoint.js";
import { ConfFileError, type ConfValues } from "./conf-file.js";
import { readConf } from "./conf-read.js";
import { dataDirectories, type Machine, pathTools } from "./data-directory.js";
import { thisMachine } from "./this-machine.js";

/** What the user said; the rest is found (spec/07 §2, spec/14 §3). */
export interface DiscoverOptions {
  readonly coin: Coin;
  /** Default: the one that this runs on. */
  readonly machine?: Machine;
  /** The daemon's configuration file, instead of the one in its data directory. */
  readonly configFile?: string | null;
  readonly host?: string | null;
  readonly rpcPort?: number | null;
  readonly p2pPort?: number | null;
  readonly useTls?: boolean;
  /** User and password keep the file from being read at all, its ports included (spec/13 §2). */
  readonly auth?: { readonly user: string; readonly password: string } | null;
  readonly cookieFile?: string | null;
}

export type DiscoveredField = "auth" | "host" | "p2pPort" | "rpcPort" | "scheme";

export interface DiscoveredDaemon {
  readonly url: string;
  /** In the order in which they are tried. */
  readonly auth: readonly RpcAuth[];
  readonly host: string;
  readonly p2pPort: number;
  /** Addresses where the daemon publishes new blocks over ZMQ. */
  readonly zmq: readonly { readonly topic: "hashblock" | "rawblock"; readonly address: string }[];
  /** Where each field comes from: `option`, `default`, or file and line. */
  readonly origin: Readonly<Record<DiscoveredField, string>>;
  /** One line each, for the operator; no secrets. */
  readonly warnings: readonly string[];
}

/** Methods that mining does not work without. */
const NEEDED_METHODS = ["getblocktemplate", "submitblock", "getblockchaininfo", "getnetworkinfo", "getblockheader"];
const WILDCARDS: readonly string[] = ["0.0.0.0", "::", "*", ""];

/**
 * Finds out how to reach the coin's daemon on this machine: options first, then the daemon's own configuration file and
 * cookie. A cookie need not exist yet: it does once the daemon runs.
 *
 * @throws ConfFileError
 */
export async function discoverDaemon(given: DiscoverOptions): Promise<DiscoveredDaemon> {
  const options: Options = { ...given, machine: given.machine ?? thisMachine };
  const { coin } = options;
  const found = options.auth == null ? await findConf(options) : null;
  const values = found?.values ?? null;
  const warnings = [...(found?.warnings ?? [])];

  const host = chooseHost(options, values);
  const rpcPort = choosePort(options.rpcPort, values, "rpcport", coin.rpcPort);
  const p2pPort = choosePort(options.p2pPort, values, "port", coin.p2pPort);
  const ssl = values?.get("rpcssl") ?? null;
  const isTls = options.useTls === true || (ssl !== null && ssl.value !== "0");
  const { auth, origin } = await chooseAuth(options, found, warnings);

  const name = isIP(host.value) === 6 ? `[${host.value}]` : host.value;
  const url = `${isTls ? "https" : "http"}://${name}:${rpcPort.value}/`;
  if (isExposed(parseEndpoint(url))) {
    warnings.push(`the password crosses the network to ${host.value} unprotected: use https or a tunnel`);
  }
  if (values !== null) warnings.push(...diagnose(values, auth));
  return {
    url,
    auth,
    host: host.value,
    p2pPort: p2pPort.value,
    zmq: (["hashblock", "rawblock"] as const).flatMap((topic) =>
      (values?.all(`zmqpub${topic}`) ?? []).map(({ value }) => ({ topic, address: value })),
    ),
    origin: {
      auth: origin,
      host: host.origin,
      p2pPort: p2pPort.origin,
      rpcPort: rpcPort.origin,
      scheme: options.useTls === true ? "option" : (ssl?.place ?? "default"),
    },
    warnings,
  };
}

type Options = DiscoverOptions & { readonly machine: Machine };

interface FoundConf {
  readonly file: string;
  /** Null without a file. */
  readonly values: ConfValues | null;
  readonly dataDirectory: string;
  /** The directory of a file that was named: it may be the data directory as well. */
  readonly besides: string | null;
  readonly warnings: readonly string[];
}

async function findConf({ coin, machine, configFile }: Options): Promise<FoundConf> {
  const { dirname, join } = pathTools(machine.platform);
  const directories = dataDirectories(coin, machine);
  const candidates = configFile != null ? [configFile] : directories.map((dir) => join(dir, coin.daemon.configFile));
  for (const [index, file] of candidates.entries()) {
    const text = await read(file, machine);
    if (text === null) continue;
    const usual = (configFile != null ? directories[0] : directories[index])!;
    const { values, warnings } = await readConf(file, text, usual, coin.daemon, machine);
    const named = values.get("datadir")?.value ?? null;
    // A file that was moved is often used with `-datadir`, which would be its own directory.
    const besides = named === null && configFile != null ? dirname(file) : null;
    return { file, values, dataDirectory: named ?? usual, besides, warnings };
  }
  if (configFile != null) throw new ConfFileError("there is no such file", "CONF_UNREADABLE", configFile);
  // Without a file the directory that a cookie is in is the daemon's.
  for (const dataDirectory of directories) {
    const cookie = join(dataDirectory, coin.daemon.chainDirectory, ".cookie");
    if (await exists(cookie, machine)) {
      return { file: candidates[0]!, values: null, dataDirectory, besides: null, warnings: [] };
    }
  }
  return { file: candidates[0]!, values: null, dataDirectory: directories[0]!, besides: null, warnings: [] };
}

async function read(path: string, { readFile }: Machine): Promise<string | null> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new ConfFileError(`cannot be read: ${errorMessage(cause)}`, "CONF_UNREADABLE", path, { cause });
  }
}

/** Also what may not be read: whoever uses it will say so. */
async function exists(path: string, { readFile }: Machine): Promise<boolean> {
  return readFile(path).then(
    (text) => text !== null,
    () => true,
  );
}

interface Chosen<T> {
  readonly value: T;
  readonly origin: string;
}

function chooseHost({ host }: DiscoverOptions, values: ConfValues | null): Chosen<string> {
  if (host != null) return { value: host, origin: "option" };
  const connect = values?.get("rpcconnect") ?? null;
  if (connect !== null && connect.value !== "") return { value: connect.value, origin: connect.place };
  // Where the daemon listens is a hint where to find it.
  for (const { value, place } of values?.all("rpcbind") ?? []) {
    const address = value.replace(/^\[(.*)\](?::\d+)?$/, "$1").replace(/^([^:]*):\d+$/, "$1");
    if (!WILDCARDS.includes(address)) return { value: address, origin: place };
  }
  return { value: "127.0.0.1", origin: "default" };
}

function choosePort(
  option: number | null | undefined,
  values: ConfValues | null,
  name: "port" | "rpcport",
  fallback: number,
): Chosen<number> {
  if (option != null) return { value: option, origin: "option" };
  const given = values?.port(name) ?? null;
  return given === null ? { value: fallback, origin: "default" } : { value: given.port, origin: given.place };
}

async function chooseAuth(
  options: Options,
  found: FoundConf | null,
  warnings: string[],
): Promise<{ readonly auth: readonly RpcAuth[]; readonly origin: string }> {
  if (options.auth != null) return { auth: [options.auth], origin: "option" };
  if (options.cookieFile != null) return { auth: [{ cookieFile: options.cookieFile }], origin: "option" };
  const { machine } = options;
  const values = found!.values;
  const cookie = await findCookie(options, found!);
  const password = values?.get("rpcpassword") ?? null;
  if (password !== null && password.value !== "") {
    const user = values?.get("rpcuser")?.value ?? "";
    const fromFile: RpcAuth = { user, password: password.value };
    // A daemon with a password writes no cookie; one left behind by a crash is no reason to fail (spec/07 §2.3).
    if (!(await exists(cookie.path, machine))) return { auth: [fromFile], origin: password.place };
    warnings.push(`${cookie.path} is there although ${password.place} sets a password: both are tried`);
    return { auth: [{ cookieFile: cookie.path }, fromFile], origin: cookie.origin };
  }
  const hash = values?.get("rpcauth") ?? null;
  const hint = hash === null ? null : `${hash.place} has rpcauth, a hash that nobody can log in with`;
  return { auth: [{ cookieFile: cookie.path, ...(hint === null ? {} : { hint }) }], origin: cookie.origin };
}

async function findCookie({ coin, machine }: Options, found: FoundConf): Promise<{ path: string; origin: string }> {
  const { isAbsolute, join } = pathTools(machine.platform);
  const named = found.values?.get("rpccookiefile") ?? null;
  const origin = named?.place ?? found.values?.get("datadir")?.place ?? "default";
  const name = named?.value ?? ".cookie";
  const inside = (directory: string): string =>
    isAbsolute(name) ? name : join(directory, coin.daemon.chainDirectory, name);
  if (found.besides !== null) {
    const path = inside(found.besides);
    if (await exists(path, machine)) return { path, origin: found.file };
  }
  return { path: inside(found.dataDirectory), origin };
}

function diagnose(values: ConfValues, auth: readonly RpcAuth[]): string[] {
  const warnings: string[] = [];
  const server = values.get("server");
  if (values.isOn("server") === false) warnings.push(`${server!.place}: server=0 switches RPC off`);
  const user = auth.map((way) => ("user" in way ? way.user : "__cookie__"));
  for (const { value, place } of values.all("rpcwhitelist")) {
    const colon = value.indexOf(":");
    const allowed = value.slice(colon + 1).split(/[ ,]+/);
    const missing = NEEDED_METHODS.filter((method) => !allowed.includes(method));
    if (colon >= 0 && user.includes(value.slice(0, colon)) && missing.length > 0) {
      warnings.push(`${place}: rpcwhitelist does not allow ${missing.join(", ")}`);
    }
  }
  return warnings;
}
