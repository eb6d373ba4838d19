import assert from "node:assert/strict";
import { bytesToHex } from "../../../src/core/bytes.js";
import { parseNetworkJson } from "../../../src/networks/load-network.js";
import type { PoolNetwork } from "../../../src/networks/pool-network.js";
import type { JsonObject } from "../runner.js";

const targetHex = (target: bigint): string => target.toString(16).padStart(64, "0");
const maybeDecimal = (value: number | null): string | null => (value === null ? null : String(value));

/** A network of ours in the form of the vector files; the keys are all that a file may have. */
function networkFields(network: PoolNetwork): JsonObject {
  const { coin } = network;
  return {
    name: network.name,
    parent: coin.name,
    parent_params: {
      symbol: coin.symbol,
      p2p_prefix: bytesToHex(coin.p2pPrefix),
      p2p_port: String(coin.p2pPort),
      rpc_port: String(coin.rpcPort),
      address_version: String(coin.addressVersion),
      address_p2sh_version: maybeDecimal(coin.addressP2shVersion),
      human_readable_part: coin.humanReadablePart,
      pow: coin.pow === "scrypt" ? "scrypt(N=1024,r=1,p=1)" : coin.pow,
      block_period: String(coin.blockPeriod),
      dust_threshold: String(coin.dustThreshold),
      dumb_scrypt_diff: String(coin.dumbScryptDifficulty),
      sane_target_range: [targetHex(coin.saneTargetRange.low), targetHex(coin.saneTargetRange.high)],
    },
    identifier: bytesToHex(network.identifier),
    prefix: bytesToHex(network.prefix),
    share_period: String(network.sharePeriod),
    chain_length: String(network.chainLength),
    real_chain_length: String(network.realChainLength),
    target_lookbehind: String(network.targetLookbehind),
    spread: String(network.spread),
    min_target: targetHex(network.minTarget),
    max_target: targetHex(network.maxTarget),
    persist: network.persist,
    p2p_port: String(network.p2pPort),
    worker_port: String(network.workerPort),
    minimum_protocol_version: String(network.minimumProtocolVersion),
    segwit_activation_version: maybeDecimal(network.segwitActivationVersion),
    softforks_required: network.softforksRequired,
    block_max_size: String(network.blockMaxSize),
    block_max_weight: String(network.blockMaxWeight),
  };
}

/** Our constants are the file's, and reading the file's object gives the same network. */
export function checkNetwork(ours: PoolNetwork, theirs: JsonObject): void {
  const expected = { ...theirs, minimum_protocol_version: theirs.minimum_protocol_version ?? "1400" };
  assert.deepEqual(networkFields(ours), expected);
  const loaded = parseNetworkJson(JSON.stringify(theirs));
  assert.deepEqual(networkFields(loaded), expected);
  assert.deepEqual(loaded.coin, ours.coin);
}
