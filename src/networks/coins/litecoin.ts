import type { DaemonFacts, SubsidySchedule } from "../../bitcoin/coin.js";
import { BITCOIN_RULES, coin, TEST_RULE, TWO_256 } from "./facts.js";

/** Litecoin and its test chains (spec/02 §3). */
const LITECOIN_SUBSIDY: SubsidySchedule = { base: 5_000_000_000n, interval: 840_000, referenceLead: 1 };

const LITECOIN_DAEMON: DaemonFacts = {
  directoryName: "Litecoin",
  configFile: "litecoin.conf",
  chain: "main",
  chainDirectory: "",
  knownBlocks: ["12a765e31ffd4059bada1e25190f6e98c99d9714d334efa41a195a7e7e04bfe2"],
  minimumVersion: 100_400,
  versionWarning: null,
  templateRules: ["mweb", "segwit"],
  understoodRules: [...BITCOIN_RULES, "mweb"],
};

export const litecoin = coin({
  name: "litecoin",
  symbol: "LTC",
  p2pPrefix: "fbc0b6db",
  p2pPort: 9333,
  rpcPort: 9332,
  addressVersion: 48,
  addressP2shVersion: 50,
  humanReadablePart: "ltc",
  pow: "scrypt",
  blockPeriod: 150,
  dustThreshold: 3_000_000n,
  dumbScryptDifficulty: 65536,
  saneTargetRange: [TWO_256 / 10n ** 15n - 1n, TWO_256 / 1000n - 1n],
  subsidy: LITECOIN_SUBSIDY,
  retargetInterval: 2016,
  explorer: {
    block: "https://chainz.cryptoid.info/ltc/block.dws?",
    address: "https://chainz.cryptoid.info/ltc/address.dws?",
    transaction: "https://chainz.cryptoid.info/ltc/tx.dws?",
  },
  daemon: LITECOIN_DAEMON,
});

export const litecoinTestnet = coin({
  name: "litecoin_testnet",
  symbol: "tLTC",
  p2pPrefix: "fdd2c8f1",
  p2pPort: 19335,
  rpcPort: 19332,
  addressVersion: 111,
  addressP2shVersion: 58,
  humanReadablePart: "tltc",
  pow: "scrypt",
  blockPeriod: 150,
  dustThreshold: 100_000_000n,
  dumbScryptDifficulty: 65536,
  saneTargetRange: [1n << 127n, 1n << 239n],
  subsidy: LITECOIN_SUBSIDY,
  explorer: {
    block: "https://chain.so/block/LTCTEST/",
    address: "https://chain.so/address/LTCTEST/",
    transaction: "https://chain.so/tx/LTCTEST/",
  },
  daemon: { ...LITECOIN_DAEMON, chain: "test", chainDirectory: "testnet4", knownBlocks: [], minimumVersion: null },
});

/** As the reference nodes of the recorded sessions ran it. */
export const litecoinRegtest = coin({
  name: "litecoin_regtest",
  symbol: "rLTC",
  p2pPrefix: "fabfb5da",
  p2pPort: 19444,
  rpcPort: 19443,
  addressVersion: 111,
  addressP2shVersion: 58,
  humanReadablePart: "rltc",
  pow: "scrypt",
  blockPeriod: 150,
  dustThreshold: 1_000_000n,
  dumbScryptDifficulty: 65536,
  saneTargetRange: [(1n << 216n) - 1n, (1n << 250n) - 1n],
  subsidy: { base: 5_000_000_000n, interval: 150, referenceLead: 0 },
  retargetInterval: 2016,
  daemon: {
    ...LITECOIN_DAEMON,
    chain: "regtest",
    chainDirectory: "regtest",
    knownBlocks: ["530827f38f93b43ed12af0b3ad25a288dc02ed74d6d7857862df51fc56c416f9"],
    minimumVersion: null,
    understoodRules: [...LITECOIN_DAEMON.understoodRules, TEST_RULE],
  },
});
