import type { Coin, DaemonFacts } from "../../bitcoin/coin.js";
import { hexToBytes } from "../../core/bytes.js";
import { TESTNET_DAEMON } from "./bitcoin.js";
import {
  BITCOIN_DAEMON,
  BITCOIN_GENESIS,
  BITCOIN_SUBSIDY,
  CASH_RULES,
  coin,
  DIFFICULTY_1,
  explorerPages,
} from "./facts.js";

/** Bitcoin Cash and what split off it (spec/02 §3). */
const CASH_FORK_BLOCK = "000000000000000000651ef99cb9fcbe0dadde1d424bd9f15ff20136191a5eec";

const CASH_DAEMON: DaemonFacts = {
  ...BITCOIN_DAEMON,
  knownBlocks: [BITCOIN_GENESIS, CASH_FORK_BLOCK],
  templateRules: [],
  understoodRules: CASH_RULES,
};
const CASH_TESTNET_DAEMON: DaemonFacts = { ...TESTNET_DAEMON, templateRules: [], understoodRules: CASH_RULES };

export const bitcoincash = coin({
  name: "bitcoincash",
  symbol: "BCH",
  p2pPrefix: "e3e1f3e8",
  p2pPort: 8333,
  rpcPort: 8332,
  addressVersion: 0,
  addressP2shVersion: 5,
  humanReadablePart: "bitcoincash",
  pow: "sha256d",
  blockPeriod: 600,
  dustThreshold: 100_000n,
  dumbScryptDifficulty: 1,
  saneTargetRange: [(1n << 224n) / 100_000_000n - 1n, DIFFICULTY_1],
  subsidy: BITCOIN_SUBSIDY,
  explorer: explorerPages("https://explorer.bitcoin.com/bch/"),
  daemon: CASH_DAEMON,
});

export const bitcoincashTestnet: Coin = {
  ...bitcoincash,
  name: "bitcoincash_testnet",
  symbol: "tBCH",
  p2pPrefix: hexToBytes("f4e5f3f4"),
  p2pPort: 18333,
  rpcPort: 18332,
  addressVersion: 111,
  addressP2shVersion: 196,
  humanReadablePart: "bchtest",
  dustThreshold: 100_000_000n,
  explorer: null,
  daemon: CASH_TESTNET_DAEMON,
};

export const bitcoinsv: Coin = {
  ...bitcoincash,
  name: "bitcoinsv",
  symbol: "BSV",
  explorer: null,
  daemon: {
    ...CASH_DAEMON,
    // Height 556767 tells it from Bitcoin Cash.
    knownBlocks: [BITCOIN_GENESIS, CASH_FORK_BLOCK, "000000000000000001d956714215d96ffc00e0afda4cd0a96c96f8d802b1662b"],
  },
};

export const bitcoinsvTestnet: Coin = { ...bitcoincashTestnet, name: "bitcoinsv_testnet", symbol: "tBSV" };
