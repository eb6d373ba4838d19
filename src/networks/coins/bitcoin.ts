import type { Coin, DaemonFacts } from "../../bitcoin/coin.js";
import { hexToBytes } from "../../core/bytes.js";
import {
  BITCOIN_DAEMON,
  BITCOIN_RULES,
  BITCOIN_SUBSIDY,
  coin,
  DIFFICULTY_1,
  explorerPages,
  TEST_RULE,
} from "./facts.js";

/** Bitcoin and its test chains (spec/02 §3, spec/13 §9). */
const TESTNET_GENESIS = "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943";

export const TESTNET_DAEMON: DaemonFacts = {
  ...BITCOIN_DAEMON,
  chain: "test",
  chainDirectory: "testnet3",
  knownBlocks: [TESTNET_GENESIS],
};

export const bitcoin = coin({
  name: "bitcoin",
  symbol: "BTC",
  p2pPrefix: "f9beb4d9",
  p2pPort: 8333,
  rpcPort: 8332,
  addressVersion: 0,
  addressP2shVersion: 5,
  humanReadablePart: "bc",
  pow: "sha256d",
  blockPeriod: 600,
  dustThreshold: 100_000n,
  dumbScryptDifficulty: 1,
  saneTargetRange: [(1n << 224n) / 1_000_000n - 1n, DIFFICULTY_1],
  subsidy: BITCOIN_SUBSIDY,
  retargetInterval: 2016,
  explorer: explorerPages("https://blockchain.info/"),
  daemon: BITCOIN_DAEMON,
});

export const bitcoinTestnet = coin({
  name: "bitcoin_testnet",
  symbol: "tBTC",
  p2pPrefix: "0b110907",
  p2pPort: 18333,
  rpcPort: 18332,
  addressVersion: 111,
  addressP2shVersion: 196,
  humanReadablePart: "tb",
  pow: "sha256d",
  blockPeriod: 600,
  dustThreshold: 100_000_000n,
  dumbScryptDifficulty: 1,
  saneTargetRange: [(1n << 224n) / 100_000_000n - 1n, DIFFICULTY_1],
  subsidy: BITCOIN_SUBSIDY,
  explorer: explorerPages("http://blockexplorer.com/testnet/"),
  daemon: TESTNET_DAEMON,
});

/** Block targets vary from block to block by its 20 minutes rule, so there is no retarget interval to work ahead by. */
export const bitcoinTestnet4: Coin = {
  ...bitcoinTestnet,
  name: "bitcoin_testnet4",
  p2pPrefix: hexToBytes("1c163f28"),
  p2pPort: 48333,
  rpcPort: 48332,
  explorer: null,
  daemon: {
    ...BITCOIN_DAEMON,
    chain: "testnet4",
    chainDirectory: "testnet4",
    knownBlocks: ["00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043"],
  },
};

/** Blocks of signet start at 1e0377ae. */
export const SIGNET_EASIEST = (1n << 236n) - 1n;

/** With the magic of the default challenge; a signet with another one is mined without the coin's P2P protocol. */
export const bitcoinSignet: Coin = {
  ...bitcoinTestnet,
  name: "bitcoin_signet",
  p2pPrefix: hexToBytes("0a03cf40"),
  p2pPort: 38333,
  rpcPort: 38332,
  saneTargetRange: { low: bitcoinTestnet.saneTargetRange.low, high: SIGNET_EASIEST },
  explorer: null,
  daemon: {
    ...BITCOIN_DAEMON,
    chain: "signet",
    chainDirectory: "signet",
    knownBlocks: ["00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6"],
    templateRules: ["segwit", "signet"],
    understoodRules: [...BITCOIN_RULES, "signet"],
  },
};

/** The reference leaves its script-hash version and bech32 prefix undefined and fails; these are the coin's own. */
export const btcregtest = coin({
  name: "btcregtest",
  symbol: "rBTC",
  p2pPrefix: "fabfb5da",
  p2pPort: 18444,
  rpcPort: 18443,
  addressVersion: 111,
  addressP2shVersion: 196,
  humanReadablePart: "bcrt",
  pow: "sha256d",
  blockPeriod: 600,
  dustThreshold: 100_000_000n,
  dumbScryptDifficulty: 1,
  saneTargetRange: [(1n << 224n) / 1000n - 1n, (1n << 255n) - 1n],
  subsidy: { base: 5_000_000_000n, interval: 150, referenceLead: 1 },
  retargetInterval: 2016,
  daemon: {
    ...BITCOIN_DAEMON,
    chain: "regtest",
    chainDirectory: "regtest",
    knownBlocks: ["0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"],
    understoodRules: [...BITCOIN_RULES, TEST_RULE],
  },
});

/** As the reference nodes of the recorded sessions ran it; their subsidy does not halve early. */
export const bitcoinRegtest: Coin = {
  ...btcregtest,
  name: "bitcoin_regtest",
  dustThreshold: 1_000_000n,
  saneTargetRange: { low: (1n << 200n) - 1n, high: (1n << 242n) - 1n },
  subsidy: { base: 5_000_000_000n, interval: 150, referenceLead: 0 },
};

/** The embedded node's chain: halvings as on the main chain, and any target that a miner in JavaScript may need. */
export const bitcoinDemo: Coin = {
  ...bitcoinRegtest,
  saneTargetRange: { low: 1n << 200n, high: 1n << 244n },
  subsidy: { ...BITCOIN_SUBSIDY, referenceLead: 0 },
};
