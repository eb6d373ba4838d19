import {
  addressFormOf,
  type Coin,
  type DaemonFacts,
  type ExplorerLinks,
  type SubsidySchedule,
} from "../../bitcoin/coin.js";
import { hexToBytes } from "../../core/bytes.js";

/** What several coins share (spec/02 §2 and §3). */
export const TWO_256 = 1n << 256n;
/** The target of difficulty 1, with all bits after it set. */
export const DIFFICULTY_1 = (1n << 224n) - 1n;

export const BITCOIN_SUBSIDY: SubsidySchedule = { base: 5_000_000_000n, interval: 210_000, referenceLead: 1 };

/** Forks whose rules bind the miner of a Bitcoin block and are kept by this program. */
export const BITCOIN_RULES = ["bip34", "bip65", "bip66", "csv", "segwit", "taproot"];
/** On regtest, where daemons try how rules are voted in: it changes nothing. */
export const TEST_RULE = "testdummy";
export const CASH_RULES = ["bip34", "bip65", "bip66", "csv"];

export const BITCOIN_GENESIS = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f";

export const BITCOIN_DAEMON: DaemonFacts = {
  directoryName: "Bitcoin",
  configFile: "bitcoin.conf",
  chain: "main",
  chainDirectory: "",
  knownBlocks: [
    BITCOIN_GENESIS,
    // Height 478559 is not in Bitcoin Cash, height 491408 not in Bitcoin Gold.
    "00000000000000000019f112ec0a9982926f1258cdcc558dd7c3b7e5dc7fa148",
    "0000000000000000002ac644c9ba8ac3be966276fb7fc8f3baa1a3b9bdc615f1",
  ],
  minimumVersion: 100_000,
  versionWarning: null,
  templateRules: ["segwit"],
  understoodRules: BITCOIN_RULES,
};

export type CoinFacts = Omit<
  Coin,
  "p2pPrefix" | "addressForm" | "saneTargetRange" | "explorer" | "retargetInterval"
> & {
  readonly p2pPrefix: string;
  readonly saneTargetRange: readonly [low: bigint, high: bigint];
  readonly explorer?: ExplorerLinks;
  readonly retargetInterval?: number;
};

export function coin(facts: CoinFacts): Coin {
  const [low, high] = facts.saneTargetRange;
  return {
    ...facts,
    p2pPrefix: hexToBytes(facts.p2pPrefix),
    addressForm: addressFormOf(facts.symbol, facts.humanReadablePart),
    saneTargetRange: { low, high },
    explorer: facts.explorer ?? null,
    retargetInterval: facts.retargetInterval ?? null,
  };
}

export function explorerPages(base: string): ExplorerLinks {
  return { block: `${base}block/`, address: `${base}address/`, transaction: `${base}tx/` };
}
