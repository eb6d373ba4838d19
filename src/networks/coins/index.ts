import type { Coin } from "../../bitcoin/coin.js";
import { bitcoin, bitcoinRegtest, bitcoinSignet, bitcoinTestnet, bitcoinTestnet4, btcregtest } from "./bitcoin.js";
import { bitcoincash, bitcoincashTestnet, bitcoinsv, bitcoinsvTestnet } from "./cash.js";
import { litecoin, litecoinRegtest, litecoinTestnet } from "./litecoin.js";
import { fastcoin, namecoin, namecoinTestnet, terracoin, terracoinTestnet } from "./small.js";

/** Every coin once, for telling whose address a text is. */
export const COINS: readonly Coin[] = [
  bitcoin,
  bitcoinTestnet,
  bitcoinTestnet4,
  bitcoinSignet,
  bitcoinRegtest,
  litecoin,
  litecoinTestnet,
  litecoinRegtest,
  bitcoincash,
  bitcoincashTestnet,
  bitcoinsv,
  bitcoinsvTestnet,
  btcregtest,
  terracoin,
  terracoinTestnet,
  fastcoin,
  namecoin,
  namecoinTestnet,
];
