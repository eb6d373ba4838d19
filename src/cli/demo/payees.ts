import { bech32 } from "@scure/base";
import { encodeLegacyAddress } from "../../bitcoin/address.js";
import type { Coin } from "../../bitcoin/coin.js";
import { asciiToBytes } from "../../core/bytes.js";
import { hash160, sha256 } from "../../core/hash/index.js";

/** A miner of the demo: who is paid, and how fast. */
export interface DemoMiner {
  readonly name: string;
  readonly address: string;
  /** Hashes per second at most. */
  readonly hashRate: number;
}

/** Of what one core does, so that the node and the full node have room on two. */
const TOTAL_HASH_RATE = 900_000;

/** Miners whose hash rates are as 1 : 2 : 3 …, with addresses of every form that a share can pay. Nobody has their keys. */
export function demoMiners(count: number, coin: Coin): DemoMiner[] {
  const parts = (count * (count + 1)) / 2;
  return Array.from({ length: count }, (_, i) => ({
    name: `miner${i + 1}`,
    address: demoAddress(i, coin),
    hashRate: Math.round((TOTAL_HASH_RATE * (i + 1)) / parts),
  }));
}

function demoAddress(index: number, coin: Coin): string {
  const seed = asciiToBytes(`p2pool demo miner ${index + 1}`);
  const hrp = coin.humanReadablePart!;
  switch (index % 4) {
    case 0:
      return segwitAddress(hrp, hash160(seed));
    case 1:
      return encodeLegacyAddress({ version: coin.addressVersion, hash: hash160(seed) });
    case 2:
      return encodeLegacyAddress({ version: coin.addressP2shVersion!, hash: hash160(seed) });
    default:
      return segwitAddress(hrp, sha256(seed));
  }
}

function segwitAddress(hrp: string, program: Uint8Array): string {
  return bech32.encode(hrp as Lowercase<string>, [0, ...bech32.toWords(program)]);
}
