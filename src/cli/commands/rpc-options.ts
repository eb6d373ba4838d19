import { isIP } from "node:net";
import type { Coin } from "../../bitcoin/coin.js";
import { parseEndpoint, type RpcEndpoint } from "../../daemon/rpc/endpoint.js";
import {
  ConfFileError,
  ConfigError,
  type DiscoveredDaemon,
  discoverDaemon,
  RpcClient,
} from "../../daemon/rpc/index.js";
import {
  integerOption,
  listOption,
  type OptionValues,
  quote,
  switchOption,
  textOption,
  UsageError,
} from "../options.js";

/** Where the coin daemon is and how to log in: the same for the node and for `p2pool rpc`. */
export const daemonOptions = {
  daemonAddresses: listOption(
    "bitcoind-address",
    "HOST[:PORT]",
    "the coin daemon's host, or http(s)://USER:PASSWORD@HOST:PORT/; this machine if not given; further ones take over when the first stops answering",
    { secret: true },
  ),
  daemonPort: integerOption(
    "bitcoind-rpc-port",
    "PORT",
    "the coin daemon's RPC port, if not in its configuration file and not the coin's usual one",
    { min: 1, max: 65535 },
    null,
  ),
  daemonTls: switchOption("bitcoind-rpc-ssl", "reach the coin daemon by https"),
  daemonConfig: textOption(
    "bitcoind-config-path",
    "FILE",
    "the coin daemon's configuration file; in its data directory if not given",
    null,
  ),
  cookies: listOption(
    "rpc-cookie",
    "FILE",
    "the coin daemon's cookie file, instead of user and password; of several daemons one each, in their order",
  ),
};

export type DaemonOptionValues = OptionValues<typeof daemonOptions>;

/** Read by `givenCredentials`; no options, so that they are neither in process lists nor in files. */
export const CREDENTIAL_VARIABLES = ["P2POOL_RPC_USER", "P2POOL_RPC_PASSWORD"];

/** One word is a password, two are user and password (spec/13 §1). The environment keeps them out of process lists. */
export function givenCredentials(
  positionals: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Credentials | null {
  if (positionals.length > 2) throw new UsageError("more than a user name and a password were given");
  if (positionals.length === 2) return { user: positionals[0]!, password: positionals[1]! };
  const [password = env.P2POOL_RPC_PASSWORD ?? ""] = positionals;
  if (password === "" && positionals.length === 0) return null;
  return { user: positionals.length === 0 ? (env.P2POOL_RPC_USER ?? "") : "", password };
}

/** In the order of preference, at least one. @throws UsageError */
export async function findDaemons(
  values: DaemonOptionValues,
  coin: Coin,
  credentials: Credentials | null,
): Promise<readonly DiscoveredDaemon[]> {
  const found: DiscoveredDaemon[] = [];
  const texts = values.daemonAddresses.length === 0 ? [null] : values.daemonAddresses;
  for (const [i, text] of texts.entries()) {
    found.push(await findDaemon(text, values, ofEach(values.cookies, i), coin, credentials));
  }
  return found;
}

/** What was given for each of several daemons: the last one stands for those that follow. Null if nothing was. */
export function ofEach<T>(given: readonly T[], index: number): T | null {
  return given[Math.min(index, given.length - 1)] ?? null;
}

interface Credentials {
  readonly user: string;
  readonly password: string;
}

async function findDaemon(
  text: string | null,
  values: DaemonOptionValues,
  cookie: string | null,
  coin: Coin,
  credentials: Credentials | null,
): Promise<DiscoveredDaemon> {
  try {
    const place = text === null ? null : parsePlace(text);
    return await discoverDaemon({
      coin,
      host: place?.host ?? null,
      rpcPort: place?.port ?? values.daemonPort,
      useTls: values.daemonTls || place?.useTls === true,
      configFile: values.daemonConfig,
      cookieFile: cookie,
      auth: place?.auth ?? (cookie === null ? credentials : null),
    });
  } catch (error) {
    if (error instanceof ConfFileError) throw new UsageError(error.message, "bitcoind-config-path", { cause: error });
    if (error instanceof ConfigError) throw new UsageError(`--bitcoind-address: ${error.message}`, "bitcoind-address");
    throw error;
  }
}

/** Clients for addresses given with an option. @throws UsageError, which does not repeat the text: it may hold a password */
export function clientsForUrls(urls: readonly string[], option: string): readonly RpcClient[] {
  try {
    return urls.map((url) => new RpcClient({ url }));
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(`--${option}: ${error.message}`, option, { cause: error });
    throw error;
  }
}

/** What the daemon will be shown first, for messages. */
export function describeCredentials({ auth, origin }: DiscoveredDaemon): string {
  const [first] = auth;
  if (first !== undefined && "cookieFile" in first) return `cookie ${first.cookieFile}`;
  return origin.auth === "option" ? "user and password as given" : `user and password of ${origin.auth}`;
}

interface Place {
  readonly host: string;
  readonly port: number | null;
  readonly useTls: boolean;
  readonly auth: RpcEndpoint["auth"];
}

function parsePlace(text: string): Place {
  if (/^https?:\/\//.test(text)) return parseUrlPlace(text);
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/@]+))(?::(\d{1,5}))?$/.exec(text);
  // An IPv6 address without a port needs no brackets.
  const bare = isIP(text) === 6 ? text : null;
  const host = bare ?? match?.[1] ?? match?.[2];
  const port = bare !== null || match?.[3] === undefined ? null : Number(match[3]);
  if (host === undefined || (port !== null && (port < 1 || port > 65535))) {
    throw new UsageError(`--bitcoind-address: ${quote(text)} is neither HOST nor HOST:PORT`, "bitcoind-address");
  }
  return { host, port, useTls: false, auth: null };
}

/** @throws ConfigError, UsageError; neither repeats the text, which may hold a password */
function parseUrlPlace(text: string): Place {
  const { target, isSecure, auth, path } = parseEndpoint(text);
  if (path !== "/") throw new UsageError("--bitcoind-address: the address may not have a path", "bitcoind-address");
  const { hostname, port } = target as { readonly hostname: string; readonly port: string };
  return { host: hostname, port: port === "" ? null : Number(port), useTls: isSecure, auth };
}
