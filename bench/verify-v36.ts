import { encodeLegacyAddress } from "../src/bitcoin/address.js";
import { bigIntToBytesBE } from "../src/core/bytes.js";
import { hash160 } from "../src/core/hash/index.js";
import { type Random, seededRandom } from "../src/core/random.js";
import { networkByName, type PoolNetwork } from "../src/networks/index.js";
import {
  blockBranches,
  decodeShare,
  draftShare,
  type Share,
  type ShareNode,
  ShareRules,
  segwitData,
  Tracker,
  UnsolvedShare,
} from "../src/sharechain/index.js";
import { payeeFields } from "../src/sharechain/payee-fields.js";
import { NO_DAEMON, NOW } from "./support/chains.js";
import { type Bench, median, processorSeconds, type Row, timeOf } from "./support/harness.js";
import { hashingOf } from "./support/hashing.js";

const MEASURED = 2000;
const PAYEES = 200;
const RUNS = 3;
/** About Litecoin's shares of today. */
const ATTEMPTS_BITS = 44n;
const BLOCK_BITS = 0x1931abcd;

/** Shares of version 36 on full windows, decoded and verified, all but their proof of work: that is for other threads. */
export const verifyV36: Bench = {
  name: "verify-v36",
  async run() {
    return [...measure(864), ...measure(8640)];
  },
};

function measure(chainLength: number): Row[] {
  const network: PoolNetwork = {
    ...networkByName("litecoin"),
    chainLength,
    realChainLength: chainLength,
    maxTarget: (1n << (256n - ATTEMPTS_BITS)) - 1n,
  };
  const raws = mintChain(network, chainLength + MEASURED);
  let best = Number.POSITIVE_INFINITY;
  let plain = 0;
  let close = 0;
  let hashing = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const tracker = new Tracker(new ShareRules(network));
    const verify = (some: readonly Uint8Array[]): number => {
      const started = processorSeconds();
      for (const raw of some) {
        const verdict = tracker.verify(tracker.add(decodeShare(raw, tracker.rules) as Share, 0)!, NOW, NO_DAEMON);
        if (!verdict.ok) throw new Error(verdict.reason);
      }
      return processorSeconds() - started;
    };
    verify(raws.slice(0, chainLength));
    const { plainSums, closeSums } = tracker.windows.decayed;
    best = Math.min(best, verify(raws.slice(chainLength)));
    plain = (tracker.windows.decayed.plainSums - plainSums) / MEASURED;
    close = (tracker.windows.decayed.closeSums - closeSums) / MEASURED;
    const measured = [...tracker.main.heads()][0]!.chain(MEASURED);
    const hash = hashingOf([...measured], tracker);
    const started = processorSeconds();
    hash();
    hashing = Math.min(hashing, processorSeconds() - started);
  }
  const window = `window of ${chainLength}`;
  return [
    { what: `a new job's draft, same tip, ${window}`, value: draftTime(network, raws), unit: "ms" },
    { what: `decode and verify, ${PAYEES} payees, ${window}`, value: MEASURED / best, unit: "shares/s" },
    { what: `only the hashing of the same bytes, ${window}`, value: MEASURED / hashing, unit: "shares/s" },
    { what: `verifying against only hashing, ${window}`, value: best / hashing, unit: "×", note: "at most 4" },
    { what: `of them with a sum in doubles, ${window}`, value: close, unit: "part" },
    { what: `of them with a plain sum, ${window}`, value: plain, unit: "part" },
  ];
}

/** Milliseconds for the draft of one more payout address. */
function draftTime(network: PoolNetwork, raws: readonly Uint8Array[]): number {
  const tracker = new Tracker(new ShareRules(network));
  let tip: ShareNode | null = null;
  for (const raw of raws) tip = tracker.add(decodeShare(raw, tracker.rules) as Share, 0)!;
  const random = seededRandom(9);
  const address = tip!.item.share.address;
  return median(Array.from({ length: 200 }, () => timeOf(() => mint(tracker, tip, address, random))));
}

/** A chain without proof of work, oldest first. */
function mintChain(network: PoolNetwork, count: number): Uint8Array[] {
  const tracker = new Tracker(new ShareRules(network));
  const random = seededRandom(5);
  const addresses = Array.from({ length: PAYEES }, (_, i) =>
    encodeLegacyAddress({ version: network.coin.addressVersion, hash: hash160(bigIntToBytesBE(BigInt(i), 8)) }),
  );
  const raws: Uint8Array[] = [];
  let tip: ShareNode | null = null;
  for (let i = 0; i < count; i++) {
    const raw = mint(tracker, tip, addresses[random.uint32() % PAYEES]!, random);
    tip = tracker.add(decodeShare(raw, tracker.rules) as Share, 0)!;
    tracker.markVerified(tip);
    raws.push(raw);
  }
  return raws;
}

function mint(tracker: Tracker, parent: ShareNode | null, address: string, random: Random): Uint8Array {
  const { rules } = tracker;
  const version = rules.version(rules.newest.version)!;
  const timestamp = (parent?.item.share.info.timestamp ?? 1_700_000_000) + rules.network.sharePeriod;
  const draft = draftShare(
    parent,
    {
      version,
      data: {
        previousShareId: parent?.id ?? null,
        coinbase: Uint8Array.of(3, 1, 2, 3),
        nonce: random.uint32(),
        ...payeeFields(address, version.format, rules.network.coin),
        subsidy: 625_000_000n + BigInt(random.uint32() % 1_000_000),
        donation: random.uniform() < 0.3 ? 327 : 0,
        staleInfo: 0,
        desiredVersion: BigInt(version.format.version),
      },
      address,
      blockTarget: 1n,
      timestamp,
      // Miners of different sizes choose different targets.
      target: rules.network.maxTarget / BigInt(1 + (random.uint32() % 7)),
      segwit: segwitData(blockBranches([]), version),
      otherTransactions: [],
      refMerkleBranch: [],
      lastTxoutNonce: new Uint8Array(8),
    },
    rules,
    tracker.windows,
  );
  const header = { version: 0x20000000, previousBlock: null, timestamp, bits: BLOCK_BITS, nonce: random.uint32() };
  return new UnsolvedShare(draft, blockBranches([]), version).solvedBy(header, new Uint8Array(8));
}
