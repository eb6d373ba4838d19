import { existsSync } from "node:fs";
import { join } from "node:path";
import { explainUnpayable } from "../../bitcoin/unpayable.js";
import { discoverDaemon, RpcClient } from "../../daemon/rpc/index.js";
import { COINS, NETWORK_NAMES, networkByName, type PoolNetwork } from "../../networks/index.js";

/** Not worth more: what runs on this machine answers at once. */
const TIMEOUT_MS = 2_000;
/** Chains that nobody means who does not name them. */
const NEVER = new Set(["demo", "demo36", "btcregtest"]);

export interface FoundNetwork {
  readonly network: PoolNetwork;
  /** One line for the operator. */
  readonly why: string;
}

/**
 * The share network for who names none (spec/13 §2: bitcoin), by what is on this machine: the one that an earlier run had,
 * else bitcoin if its daemon answers, else the first whose daemon does. `address`: it has to be one of that network.
 */
export async function findNetwork(dataDir: string, address: string | null): Promise<FoundNetwork> {
  const networks = NETWORK_NAMES.filter((name) => !NEVER.has(name)).map(networkByName);
  const fitting = networks.filter(
    (network) =>
      address === null || explainUnpayable(address, network.coin, network.genesisShareVersion, COINS) === null,
  );
  const bitcoin = networkByName("bitcoin");
  const used = fitting.filter(({ name }) => existsSync(join(dataDir, name, "store")));
  if (used.includes(bitcoin)) return { network: bitcoin, why: "the default" };
  if (used.length === 1)
    return { network: used[0]!, why: `${join(dataDir, used[0]!.name)} is there from an earlier run` };
  const answering = (
    await Promise.all(fitting.map(async (network) => ((await isRunning(network)) ? [network] : [])))
  ).flat();
  const [first, ...others] = answering;
  if (first === undefined || first === bitcoin) return { network: bitcoin, why: "the default" };
  const more = others.length === 0 ? "" : `; so do those of ${others.map(({ name }) => name).join(", ")}`;
  return { network: first, why: `its coin daemon answers on this machine${more}. Name another with --net` };
}

/** Whether a daemon of the network's coin, on the right chain, answers with the credentials that it has written down. */
async function isRunning({ coin }: PoolNetwork): Promise<boolean> {
  let rpc: RpcClient | null = null;
  try {
    const { url, auth } = await discoverDaemon({ coin });
    rpc = new RpcClient({ url, auth });
    const { chain } = await rpc.getBlockchainInfo({ timeoutMs: TIMEOUT_MS });
    if (chain !== coin.daemon.chain) return false;
    // Chains that split have their first blocks in common. The newest that is known may not be there yet.
    const last = coin.daemon.knownBlocks.at(-1);
    if (last !== undefined) await rpc.getBlockHeader(last, { timeoutMs: TIMEOUT_MS });
    return true;
  } catch {
    // Nothing there, or not for us.
    return false;
  } finally {
    rpc?.close();
  }
}
