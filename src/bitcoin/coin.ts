import type { PowName } from "../core/hash/index.js";

/** How a coin writes addresses besides Base58Check (spec/01 §8.4 chooses by symbol). */
export type AddressForm = "base58" | "bech32" | "cashaddr";

/** Facts about the program that a node takes its templates from (spec/02 §3, spec/07 §1, §4, §6.2). */
export interface DaemonFacts {
  /** Directory on Windows and macOS; lower case with a leading dot elsewhere. */
  readonly directoryName: string;
  readonly configFile: string;
  /** What the daemon calls the chain in its chain information. */
  readonly chain: "main" | "test" | "testnet4" | "signet" | "regtest";
  /** Directory of this chain inside the data directory; empty for the main chain. */
  readonly chainDirectory: string;
  /** Display hashes of blocks that the daemon must know: the genesis block, then blocks that tell forks apart. */
  readonly knownBlocks: readonly string[];
  /** Lowest numeric version that is accepted; null for any. */
  readonly minimumVersion: number | null;
  /** Versions below this get a warning that names the version to upgrade to; null for none. */
  readonly versionWarning: { readonly below: number; readonly upgradeTo: string } | null;
  /** Rules that a template request has to name. */
  readonly templateRules: readonly string[];
  /** Rules of a template, without a leading "!", that this program knows how to mine under (spec/10 §7). */
  readonly understoodRules: readonly string[];
}

/** Prefixes of links; the block hash, address or transaction id follows. */
export interface ExplorerLinks {
  readonly block: string;
  readonly address: string;
  readonly transaction: string;
}

export interface SubsidySchedule {
  /** Satoshi of the first block. */
  readonly base: bigint;
  /** Blocks from one halving to the next. */
  readonly interval: number;
  /** How many blocks early the reference halves (spec/02 §2); matters for one check of old shares only. */
  readonly referenceLead: 0 | 1;
}

/** A coin: what shares and work need to know about the parent chain (spec/02 §3). */
export interface Coin {
  readonly name: string;
  readonly symbol: string;
  /** Magic bytes of the daemon's own P2P protocol, 4 of them. */
  readonly p2pPrefix: Uint8Array;
  readonly p2pPort: number;
  readonly rpcPort: number;
  /** Version byte of pay-to-pubkey-hash addresses. */
  readonly addressVersion: number;
  /** Version byte of pay-to-script-hash addresses; null if the coin has none here. */
  readonly addressP2shVersion: number | null;
  /** Human-readable part of bech32 addresses, or the CashAddr prefix; null for neither. */
  readonly humanReadablePart: string | null;
  readonly addressForm: AddressForm;
  readonly pow: PowName;
  /** Seconds from block to block. */
  readonly blockPeriod: number;
  /** Smallest expected payout per block that is worth an output, satoshi (spec/04 §5.4). */
  readonly dustThreshold: bigint;
  /** What miners of this algorithm call difficulty 1, in units of `targetToDifficulty`. */
  readonly dumbScryptDifficulty: number;
  /** Bounds of the target handed to miners; not consensus. */
  readonly saneTargetRange: { readonly low: bigint; readonly high: bigint };
  readonly subsidy: SubsidySchedule;
  /** Blocks from one change of the block target to the next; null where any block may change it, or nobody knows. */
  readonly retargetInterval: number | null;
  readonly explorer: ExplorerLinks | null;
  readonly daemon: DaemonFacts;
}

/** Subsidy of the block at `height`, satoshi. */
export function subsidyAtHeight(coin: Coin, height: number): bigint {
  return coin.subsidy.base >> BigInt(Math.floor(height / coin.subsidy.interval));
}

/** What the reference takes for it: one block early at a halving. Only for the check of spec/04 §7.1. */
export function referenceSubsidy(coin: Coin, height: number): bigint {
  return subsidyAtHeight(coin, height + coin.subsidy.referenceLead);
}

/** The addresses of coins with these symbols are CashAddr (spec/01 §8.3). */
const CASHADDR_SYMBOLS: readonly string[] = ["BCH", "TBCH", "BSV", "TBSV"];

export function addressFormOf(symbol: string, humanReadablePart: string | null): AddressForm {
  if (humanReadablePart === null) return "base58";
  return CASHADDR_SYMBOLS.includes(symbol.toUpperCase()) ? "cashaddr" : "bech32";
}
