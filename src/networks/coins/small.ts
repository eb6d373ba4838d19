import type { Coin, DaemonFacts } from "../../bitcoin/coin.js";
import { hexToBytes } from "../../core/bytes.js";
import { BITCOIN_SUBSIDY, CASH_RULES, coin, DIFFICULTY_1, TWO_256 } from "./facts.js";

/** Coins with Base58 addresses only (spec/02 §3). */
function smallCoinDaemon(name: string, isTestnet: boolean, versions: Partial<DaemonFacts> = {}): DaemonFacts {
  return {
    directoryName: name,
    configFile: `${name.toLowerCase()}.conf`,
    chain: isTestnet ? "test" : "main",
    chainDirectory: isTestnet ? "testnet3" : "",
    knownBlocks: [],
    minimumVersion: null,
    versionWarning: null,
    templateRules: [],
    understoodRules: CASH_RULES,
    ...versions,
  };
}

export const terracoin = coin({
  name: "terracoin",
  symbol: "TRC",
  p2pPrefix: "42babe56",
  p2pPort: 13333,
  rpcPort: 13332,
  addressVersion: 0,
  addressP2shVersion: null,
  humanReadablePart: null,
  pow: "sha256d",
  blockPeriod: 120,
  dustThreshold: 100_000_000n,
  dumbScryptDifficulty: 1,
  saneTargetRange: [(1n << 224n) / 1000n - 1n, DIFFICULTY_1],
  subsidy: { base: 2_000_000_000n, interval: 1_050_000, referenceLead: 1 },
  daemon: smallCoinDaemon("Terracoin", false, {
    minimumVersion: 80_002,
    versionWarning: { below: 80_004, upgradeTo: "0.8.0.4" },
  }),
});

export const terracoinTestnet: Coin = {
  ...terracoin,
  name: "terracoin_testnet",
  symbol: "tTRC",
  p2pPrefix: hexToBytes("41babe56"),
  p2pPort: 23333,
  rpcPort: 23332,
  addressVersion: 111,
  daemon: smallCoinDaemon("Terracoin", true, { versionWarning: { below: 80_004, upgradeTo: "0.8.0.4" } }),
};

export const fastcoin = coin({
  name: "fastcoin",
  symbol: "FST",
  p2pPrefix: "fbc0b6db",
  p2pPort: 9526,
  rpcPort: 9527,
  addressVersion: 96,
  addressP2shVersion: null,
  humanReadablePart: null,
  pow: "scrypt",
  blockPeriod: 12,
  dustThreshold: 3_000_000n,
  dumbScryptDifficulty: 65536,
  saneTargetRange: [TWO_256 / 10n ** 8n - 1n, TWO_256 / 1000n - 1n],
  subsidy: { base: 3_200_000_000n, interval: 2_592_000, referenceLead: 1 },
  daemon: smallCoinDaemon("Fastcoin", false, { versionWarning: { below: 100_202, upgradeTo: "0.10.2.2" } }),
});

/** Only as a merged-mining child: it has no share chain. */
export const namecoin = coin({
  name: "namecoin",
  symbol: "NMC",
  p2pPrefix: "f9beb4fe",
  p2pPort: 8334,
  rpcPort: 8336,
  addressVersion: 52,
  addressP2shVersion: null,
  humanReadablePart: null,
  pow: "sha256d",
  blockPeriod: 600,
  dustThreshold: 20_000_000n,
  dumbScryptDifficulty: 1,
  saneTargetRange: [DIFFICULTY_1, DIFFICULTY_1],
  subsidy: BITCOIN_SUBSIDY,
  daemon: smallCoinDaemon("Namecoin", false),
});

export const namecoinTestnet: Coin = {
  ...namecoin,
  name: "namecoin_testnet",
  symbol: "tNMC",
  p2pPrefix: hexToBytes("fabfb5fe"),
  p2pPort: 18334,
  rpcPort: 18336,
  addressVersion: 111,
  dustThreshold: 100_000_000n,
  daemon: smallCoinDaemon("Namecoin", true),
};
