import { z } from "zod";
import { addressFormOf, type Coin, type DaemonFacts, type SubsidySchedule } from "../bitcoin/coin.js";
import { hexToBytes } from "../core/bytes.js";
import { errorMessage } from "../core/errors.js";
import { COINS } from "./coins/index.js";
import type { PoolNetwork } from "./pool-network.js";
import { NetworkError } from "./registry.js";

/** A whole number as decimal digits, or as a JSON number for people who write by hand. */
function whole(minimum: number, maximum: number): z.ZodType<number> {
  const error = "must be a whole number in decimal digits";
  return z
    .union([z.string().regex(/^\d{1,15}$/, error), z.int(error)], error)
    .transform(Number)
    .pipe(z.number().min(minimum).max(maximum));
}

function bytes(length: number): z.ZodType<Uint8Array> {
  const digits = new RegExp(`^[0-9a-fA-F]{${2 * length}}$`);
  return z
    .string()
    .regex(digits, `must be ${2 * length} hex digits`)
    .transform(hexToBytes);
}

const target = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, "must be 64 hex digits")
  .transform((digits) => BigInt(`0x${digits}`));

const NO_AMOUNT = "must be satoshi in decimal digits";
const satoshi = z
  .union([z.string().regex(/^\d{1,19}$/, NO_AMOUNT), z.int(NO_AMOUNT).min(0, NO_AMOUNT)], NO_AMOUNT)
  .transform((value) => BigInt(value));

const port = whole(1, 0xffff);
const versionByte = whole(0, 0xff);
const count = whole(1, 2 ** 32 - 1);

const subsidy = z.strictObject({ base: satoshi, interval: count });

const parentParams = z.strictObject({
  symbol: z.string().regex(/^[A-Za-z0-9]{1,12}$/, "must be letters and digits"),
  p2p_prefix: bytes(4),
  p2p_port: port,
  rpc_port: port,
  address_version: versionByte,
  address_p2sh_version: versionByte.nullable(),
  human_readable_part: z
    .string()
    .regex(/^[a-z0-9]{1,20}$/, "must be lower-case letters and digits")
    .nullable(),
  pow: z.enum(["sha256d", "scrypt", "scrypt(N=1024,r=1,p=1)"]),
  block_period: count,
  dust_threshold: satoshi,
  dumb_scrypt_diff: count,
  sane_target_range: z.tuple([target, target]).refine(([low, high]) => low <= high, "must be [lowest, highest]"),
  subsidy: subsidy.optional(),
});

/** Share versions that a network may be on, and so many shares that their windows can be held. */
const OLDEST_NEWEST_VERSION = 35;
const NEWEST_VERSION = 36;
const LONGEST_CHAIN = 1_000_000;

const mergedChain = z.strictObject({
  chain_id: whole(0, 2 ** 32 - 1),
  name: z.string().regex(/^[A-Za-z0-9 _-]{1,32}$/, "must be letters, digits, blanks, - and _"),
  address_version: versionByte,
  address_p2sh_version: versionByte,
});

const network = z
  .strictObject({
    // The name becomes a directory, so it must not lead anywhere else.
    name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, "must be lower-case letters, digits, - and _"),
    parent: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, "must be lower-case letters, digits, - and _"),
    parent_params: parentParams,
    identifier: bytes(8),
    prefix: bytes(8),
    share_period: count,
    chain_length: whole(1, LONGEST_CHAIN),
    real_chain_length: count,
    target_lookbehind: count,
    spread: count,
    min_target: target,
    max_target: target,
    persist: z.boolean(),
    p2p_port: port,
    worker_port: port,
    minimum_protocol_version: whole(0, 2 ** 32 - 1).nullable(),
    segwit_activation_version: whole(1, 2 ** 32 - 1).nullable(),
    softforks_required: z.array(z.string().max(64)).max(64),
    block_max_size: count,
    block_max_weight: count,
    bootstrap_hosts: z.array(z.string().min(1).max(255)).max(256).optional(),
    irc_channel: z.string().max(64).optional(),
    newest_share_version: whole(OLDEST_NEWEST_VERSION, NEWEST_VERSION).optional(),
    merged_chains: z.array(mergedChain).max(16).optional(),
    genesis_share_version: whole(1, 255).optional(),
  })
  .refine(({ min_target, max_target }) => min_target <= max_target, {
    path: ["min_target"],
    error: "must not be more than max_target",
  })
  .refine(({ real_chain_length, chain_length }) => real_chain_length <= chain_length, {
    path: ["real_chain_length"],
    error: "must not be more than chain_length",
  })
  .refine((fields) => (fields.genesis_share_version ?? 0) <= (fields.newest_share_version ?? OLDEST_NEWEST_VERSION), {
    path: ["genesis_share_version"],
    error: "must not be more than newest_share_version",
  });

type NetworkFields = z.infer<typeof network>;

/**
 * A pool network written as one JSON object (spec/02): integers are decimal strings (or whole JSON numbers), targets 64 hex
 * digits, bytes hex; `segwit_activation_version`, `minimum_protocol_version`, `address_p2sh_version` and
 * `human_readable_part` may be null. Every key of the description must be there and no other may be, except these, which
 * may be left out:
 *
 * - `bootstrap_hosts`: `host` or `host:port` texts; none by default;
 * - `irc_channel`: `#p2pool-alt` by default;
 * - `newest_share_version`: newest share version that the network uses; 35 by default;
 * - `merged_chains`: merged chains whose blocks pay the miners of a share chain of version 36, each `{chain_id, name,
 *   address_version, address_p2sh_version}`; none by default;
 * - `genesis_share_version`: version of a first share minted here; 35 by default;
 * - `parent_params.subsidy`: `{base, interval}`, satoshi and blocks. By default that of the coin named `parent`; required
 *   if no such coin is known.
 *
 * Links and facts about the daemon are those of the coin named `parent`; an unknown coin gets a daemon of its own name on
 * a main chain.
 *
 * @throws NetworkError NETWORK_INVALID; the message and `path` name the field
 */
export function parseNetworkJson(text: string): PoolNetwork {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid("", `not JSON: ${errorMessage(error)}`);
  }
  const parsed = network.safeParse(value);
  if (!parsed.success) {
    const { issues } = parsed.error;
    // A key nobody knows is often the one that is missing, spelled wrong: say that first.
    throw fieldError(issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0]!, value);
  }
  return networkOf(parsed.data);
}

function fieldError(issue: z.core.$ZodIssue, value: unknown): NetworkError {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") return invalid([...path, issue.keys[0]!].join("."), "unknown key");
  const field = path.reduce<unknown>(
    (outer, key) => (outer as Record<string, unknown> | null | undefined)?.[key],
    value,
  );
  return invalid(path.join("."), field === undefined ? "missing" : issue.message);
}

function invalid(path: string, reason: string): NetworkError {
  const message = path === "" ? `network description: ${reason}` : `network description, ${path}: ${reason}`;
  return new NetworkError(message, { code: "NETWORK_INVALID", path });
}

function networkOf(fields: NetworkFields): PoolNetwork {
  return {
    name: fields.name,
    coin: coinOf(fields),
    identifier: fields.identifier,
    prefix: fields.prefix,
    sharePeriod: fields.share_period,
    chainLength: fields.chain_length,
    realChainLength: fields.real_chain_length,
    targetLookbehind: fields.target_lookbehind,
    spread: fields.spread,
    minTarget: fields.min_target,
    maxTarget: fields.max_target,
    persist: fields.persist,
    p2pPort: fields.p2p_port,
    workerPort: fields.worker_port,
    minimumProtocolVersion: fields.minimum_protocol_version ?? 1400,
    segwitActivationVersion: fields.segwit_activation_version,
    softforksRequired: fields.softforks_required,
    blockMaxSize: fields.block_max_size,
    blockMaxWeight: fields.block_max_weight,
    bootstrapHosts: fields.bootstrap_hosts ?? [],
    ircChannel: fields.irc_channel ?? "#p2pool-alt",
    newestShareVersion: fields.newest_share_version ?? 35,
    mergedChains: (fields.merged_chains ?? []).map((chain) => ({
      chainId: chain.chain_id,
      name: chain.name,
      addressVersion: chain.address_version,
      addressP2shVersion: chain.address_p2sh_version,
    })),
    genesisShareVersion: fields.genesis_share_version ?? 35,
  };
}

function coinOf({ parent, parent_params: params, softforks_required }: NetworkFields): Coin {
  const known = COINS.find((coin) => coin.name === parent);
  const [low, high] = params.sane_target_range;
  return {
    name: parent,
    symbol: params.symbol,
    p2pPrefix: params.p2p_prefix,
    p2pPort: params.p2p_port,
    rpcPort: params.rpc_port,
    addressVersion: params.address_version,
    addressP2shVersion: params.address_p2sh_version,
    humanReadablePart: params.human_readable_part,
    addressForm: addressFormOf(params.symbol, params.human_readable_part),
    pow: params.pow === "sha256d" ? "sha256d" : "scrypt",
    blockPeriod: params.block_period,
    dustThreshold: params.dust_threshold,
    dumbScryptDifficulty: params.dumb_scrypt_diff,
    saneTargetRange: { low, high },
    subsidy: subsidyOf(params.subsidy, known),
    retargetInterval: known?.retargetInterval ?? null,
    explorer: known?.explorer ?? null,
    daemon: known?.daemon ?? unknownDaemon(parent, softforks_required),
  };
}

function subsidyOf(given: z.infer<typeof subsidy> | undefined, known: Coin | undefined): SubsidySchedule {
  if (given !== undefined) return { ...given, referenceLead: known?.subsidy.referenceLead ?? 1 };
  if (known === undefined) throw invalid("parent_params.subsidy", "required, as the coin is not a known one");
  return known.subsidy;
}

function unknownDaemon(name: string, softforks: readonly string[]): DaemonFacts {
  return {
    directoryName: name.charAt(0).toUpperCase() + name.slice(1),
    configFile: `${name}.conf`,
    chain: "main",
    chainDirectory: "",
    knownBlocks: [],
    minimumVersion: null,
    versionWarning: null,
    templateRules: softforks.includes("segwit") ? ["segwit"] : [],
    understoodRules: ["bip34", "bip65", "bip66", "csv", "segwit", "taproot"],
  };
}
