/** Coins and pool networks as data (spec/02), and the loader for a network given as JSON. */
export { referenceSubsidy, subsidyAtHeight } from "../bitcoin/coin.js";
export { COINS } from "./coins/index.js";
export { parseNetworkJson } from "./load-network.js";
export { isSegwitActive, type PoolNetwork } from "./pool-network.js";
export { NETWORK_NAMES, NetworkError, networkByName } from "./registry.js";
