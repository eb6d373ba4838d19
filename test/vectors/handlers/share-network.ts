import { type PoolNetwork, parseNetworkJson } from "../../../src/networks/index.js";
import type { DaemonView } from "../../../src/sharechain/verify.js";
import type { JsonObject } from "../runner.js";

/** The network that a vector file was made on. */
export function vectorNetwork(fields: JsonObject): PoolNetwork {
  return parseNetworkJson(JSON.stringify(fields));
}

/** A daemon that knows nothing. */
export const IGNORANT_DAEMON: DaemonView = {
  blockHeight: () => 0,
  relativeHeight: () => 0,
  fee: () => undefined,
  transactionSize: () => undefined,
};
