import { P2PoolError } from "../core/errors.js";
import type { PoolNetwork } from "./pool-network.js";
import { POOL_NETWORKS } from "./pools.js";

type NetworkErrorCode =
  /** There is no network of that name. */
  | "NETWORK_UNKNOWN"
  /** A network description is not JSON, or a field of it is missing, unknown or wrong. */
  | "NETWORK_INVALID";

/** `path` names the field, outermost first; empty for the description as a whole. */
export class NetworkError extends P2PoolError<{ code: NetworkErrorCode; path: string }> {}

/** Names of all networks, the main chains first. */
export const NETWORK_NAMES: readonly string[] = POOL_NETWORKS.map((network) => network.name);

/** @throws NetworkError NETWORK_UNKNOWN */
export function networkByName(name: string): PoolNetwork {
  const network = POOL_NETWORKS.find((candidate) => candidate.name === name);
  if (network === undefined) {
    throw new NetworkError(`there is no network ${JSON.stringify(name)}; known are ${NETWORK_NAMES.join(", ")}`, {
      code: "NETWORK_UNKNOWN",
      path: "",
    });
  }
  return network;
}
