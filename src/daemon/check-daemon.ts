import type { Template } from "../bitcoin/template.js";
import { P2PoolError } from "../core/errors.js";
import type { PoolNetwork } from "../networks/index.js";
import { readTemplate } from "./read-template.js";
import {
  type BlockchainInfo,
  type CallOptions,
  InvalidAddressOrKeyError,
  MethodNotFoundError,
  type NetworkInfo,
  type RpcClient,
} from "./rpc/index.js";
import { missingForks } from "./soft-forks.js";

type CheckedRpc = Pick<
  RpcClient,
  "call" | "endpoint" | "getBlock" | "getBlockTemplate" | "getBlockchainInfo" | "getDeploymentInfo" | "getNetworkInfo"
>;

export interface DaemonCheckOptions {
  readonly rpc: CheckedRpc;
  readonly network: Pick<PoolNetwork, "coin" | "softforksRequired">;
  /** A daemon that lacks a required soft fork is worth a warning only. */
  readonly allowObsolete: boolean;
  /** Of the daemon's connections, those that are ours. */
  readonly ownConnections: number;
  /** Seconds since 1970. */
  readonly now: number;
}

/** Why a daemon cannot be mined on at present. */
export interface DaemonProblem {
  /** The same as long as the reason is the same, though the text counts blocks. */
  readonly kind: string;
  readonly text: string;
  /** Null if the daemon answered. */
  readonly error: unknown;
}

export interface DaemonCheck {
  readonly problem: DaemonProblem | null;
  /** Of the block that its template is for; null without a usable one. */
  readonly height: number | null;
  /** One line each. */
  readonly warnings: readonly string[];
}

/**
 * Whether a daemon can be mined on (spec/07 §4). In this order: it answers, is on the right chain, is synchronised, knows
 * the blocks that tell forks of the chain apart, is no older than what the coin needs, has peers, knows the soft forks, and
 * gives a template that fits itself. A daemon is never at fault for a method that it does not have.
 *
 * @throws what the calls throw
 */
export async function checkDaemon(options: DaemonCheckOptions, call: CallOptions): Promise<DaemonCheck> {
  const { rpc, network } = options;
  const { coin } = network;
  const warnings: string[] = [];
  const failed = (kind: string, text: string): DaemonCheck => ({
    problem: { kind, text, error: null },
    height: null,
    warnings,
  });
  const chain = await ifThere(() => rpc.getBlockchainInfo(call));
  const info = await ifThere(() => rpc.getNetworkInfo(call));
  // bcoin says that every chain is the main one; its genesis block tells.
  const isNamed = chain !== null && info?.subversion.startsWith("/bcoin:") !== true;
  if (isNamed && chain.chain !== coin.daemon.chain) {
    return failed("chain", `it is on the chain ${chain.chain}, and ${coin.name} is on ${coin.daemon.chain}`);
  }
  const [genesis, ...others] = coin.daemon.knownBlocks;
  if (genesis !== undefined && !(await knows(rpc, genesis, call))) {
    return failed("genesis", `it does not know the first block of ${coin.name}: it serves another coin`);
  }
  const isRegtest = coin.daemon.chain === "regtest";
  const behind = chain === null || isRegtest ? null : syncProblem(chain);
  if (behind !== null) return failed("sync", behind);
  for (const hash of others) {
    if (!(await knows(rpc, hash, call))) {
      return failed("fork", `it does not know block ${hash}: it is on another fork than ${coin.name}`);
    }
  }
  const old = info === null ? null : versionProblem(info, network, warnings);
  if (old !== null) return failed("version", old);
  const isMain = coin.daemon.chain === "main";
  if (isMain && info?.connections !== undefined && info.connections <= options.ownConnections) {
    return failed("peers", "it is not connected to any node of the coin, so that its blocks would reach nobody");
  }
  const missing = await missingForks(network.softforksRequired, chain, rpc, coin.daemon.templateRules, call);
  if (missing.length > 0) {
    const names = `${missing.length === 1 ? "the soft fork" : "the soft forks"} ${missing.join(", ")}`;
    if (!options.allowObsolete) {
      return failed("forks", `it does not know ${names}; upgrade it, or use --allow-obsolete-bitcoind`);
    }
    warnings.push(`the coin daemon does not know ${names}: its blocks may be invalid`);
  }
  return { problem: null, height: (await fetchTemplate(options, call)).height, warnings };
}

/** @throws RpcClientError, TemplateError */
async function fetchTemplate({ rpc, network, now }: DaemonCheckOptions, call: CallOptions): Promise<Template> {
  const answer = await rpc.getBlockTemplate({ rules: network.coin.daemon.templateRules }, call);
  const height = answer.height ?? (await rpc.getBlock(answer.previousblockhash, 1, call)).height + 1;
  return readTemplate(answer, height, now);
}

function syncProblem({ blocks, headers, initialblockdownload, verificationprogress }: BlockchainInfo): string | null {
  if (initialblockdownload !== true && blocks >= headers - 1) return null;
  const part = verificationprogress === undefined ? "" : `, ${(100 * verificationprogress).toFixed(1)} %`;
  if (blocks >= headers - 1) return `it is downloading the chain: block ${blocks}${part}`;
  return `it is downloading the chain: block ${blocks} of ${headers}${part}`;
}

function versionProblem(
  { version }: NetworkInfo,
  { coin }: Pick<PoolNetwork, "coin">,
  warnings: string[],
): string | null {
  const { minimumVersion, versionWarning } = coin.daemon;
  if (typeof version !== "number") return null;
  if (minimumVersion !== null && version < minimumVersion) {
    return `its version ${version} is too old, ${minimumVersion} is needed; upgrade it`;
  }
  if (versionWarning !== null && version < versionWarning.below) {
    warnings.push(`the coin daemon should be upgraded to ${versionWarning.upgradeTo}`);
  }
  return null;
}

/** Old daemons have no block headers to ask for; they are believed. */
async function knows(rpc: CheckedRpc, hash: string, call: CallOptions): Promise<boolean> {
  try {
    await rpc.call("getblockheader", [hash], call);
    return true;
  } catch (error) {
    if (error instanceof InvalidAddressOrKeyError) return false;
    if (error instanceof MethodNotFoundError) return true;
    throw error;
  }
}

async function ifThere<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof MethodNotFoundError) return null;
    throw error;
  }
}

/** What goes wrong in a check, as a problem. */
export function problemOf(error: unknown): DaemonProblem {
  const text = error instanceof Error ? error.message : String(error);
  return { kind: error instanceof P2PoolError ? `${error.code} ${text}` : text, text, error };
}
