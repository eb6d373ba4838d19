import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { hexToBytes } from "../../src/core/bytes.js";
import { bitsToTarget } from "../../src/core/compact.js";
import { type Random, seededRandom } from "../../src/core/random.js";
import { type PoolNetwork, parseNetworkJson } from "../../src/networks/index.js";
import {
  blockBranches,
  type DaemonView,
  draftShare,
  loadShare,
  type Share,
  ShareError,
  type ShareNode,
  segwitData,
  type Tracker,
  UnsolvedShare,
} from "../../src/sharechain/index.js";

const DATA = new URL("../../../bench/data/chain9000/", import.meta.url);

/** A time after every share of the recorded chain. */
export const NOW = 1_800_000_000;

export const NO_DAEMON: DaemonView = {
  blockHeight: () => 0,
  relativeHeight: () => 0,
  fee: () => undefined,
  transactionSize: () => undefined,
};

/** The recorded chain's network: bitcoin with an easy target. */
export function chainNetwork(): PoolNetwork {
  return parseNetworkJson(readFileSync(fileURLToPath(new URL("network.json", DATA)), "utf8"));
}

/** 9,000 shares of version 35 with 200 payees, made by the reference, oldest first. */
export function recordedShares(): Uint8Array[] {
  const text = gunzipSync(readFileSync(fileURLToPath(new URL("shares.0.gz", DATA)))).toString();
  return text
    .trim()
    .split("\n")
    .map((line) => hexToBytes(line.split(" ")[1]!));
}

/** Fills a tracker with shares that follow one another, all verified. */
export function fill(tracker: Tracker, raws: readonly Uint8Array[]): ShareNode {
  let tip: ShareNode | null = null;
  for (const raw of raws) {
    tip = tracker.add(loadShare(raw, tracker.rules), 0)!;
    const verdict = tracker.verify(tip, NOW, NO_DAEMON);
    if (!verdict.ok) throw new Error(verdict.reason);
  }
  return tip!;
}

/** Mints shares on a tip, for the addresses that are paid already. A few hashes each at this network's easiest target. */
export function extend(tracker: Tracker, from: ShareNode, count: number, random: Random = seededRandom(7)): ShareNode {
  const addresses = [...new Set([...from.chain(Math.min(from.height, 1000))].map(({ item }) => item.share.address))];
  let tip = from;
  for (let i = 0; i < count; i++) {
    const raw = mint(tracker, tip, addresses[random.uint32() % addresses.length]!, random);
    tip = tracker.add(loadShare(raw, tracker.rules), 0)!;
    const verdict = tracker.verify(tip, NOW, NO_DAEMON);
    if (!verdict.ok) throw new Error(verdict.reason);
  }
  return tip;
}

const BLOCK_BITS = 0x17034219;

/** The wrapper of a new share on a tip. */
export function mint(tracker: Tracker, parent: ShareNode, address: string, random: Random): Uint8Array {
  const { rules } = tracker;
  const version = rules.version(35)!;
  const previous = parent.item.share.info;
  const draft = draftShare(
    parent,
    {
      version,
      data: {
        previousShareId: parent.id,
        coinbase: Uint8Array.of(3, 1, 2, 3),
        nonce: random.uint32(),
        payee: new TextEncoder().encode(address),
        payeeType: null,
        subsidy: 312_500_000n,
        donation: 0,
        staleInfo: 0,
        desiredVersion: 35n,
      },
      address,
      blockTarget: bitsToTarget(BLOCK_BITS),
      timestamp: previous.timestamp + 30,
      target: rules.network.maxTarget,
      segwit: segwitData(blockBranches([]), version),
      otherTransactions: [],
      refMerkleBranch: [],
      lastTxoutNonce: new Uint8Array(8),
    },
    rules,
    tracker.windows,
  );
  const unsolved = new UnsolvedShare(draft, blockBranches([]), version);
  for (let nonce = 0; ; nonce++) {
    const header = { version: 0x20000000, previousBlock: null, timestamp: previous.timestamp, bits: BLOCK_BITS, nonce };
    const raw = unsolved.solvedBy(header, new Uint8Array(8));
    if (isProven(raw, tracker)) return raw;
  }
}

function isProven(raw: Uint8Array, { rules }: Tracker): Share | null {
  try {
    return loadShare(raw, rules);
  } catch (error) {
    if (error instanceof ShareError && error.code === "SHARE_POW_INVALID") return null;
    throw error;
  }
}
