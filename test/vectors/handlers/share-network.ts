import { networkByName, type PoolNetwork, parseNetworkJson } from "../../../src/networks/index.js";
import type { DaemonView } from "../../../src/sharechain/verify.js";
import type { JsonObject } from "../runner.js";

/** The network that a vector file was made on. */
export function vectorNetwork(fields: JsonObject, newestShareVersion = 35): PoolNetwork {
  return { ...parseNetworkJson(JSON.stringify(fields)), ...usesOf(newestShareVersion) };
}

/** What the files do not say of their networks: version 36 came with Dogecoin mined along. */
export function usesOf(newestShareVersion: number): Pick<PoolNetwork, "mergedChains" | "newestShareVersion"> {
  return { newestShareVersion, mergedChains: newestShareVersion >= 36 ? networkByName("litecoin").mergedChains : [] };
}

/** A daemon that knows nothing. */
export const IGNORANT_DAEMON: DaemonView = {
  blockHeight: () => 0,
  relativeHeight: () => 0,
  fee: () => undefined,
  transactionSize: () => undefined,
};
