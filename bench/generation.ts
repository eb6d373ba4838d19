import { encodeLegacyAddress } from "../src/bitcoin/address.js";
import type { BlockHash, Template } from "../src/bitcoin/template.js";
import { bigIntToBytesBE, concatBytes, hexToHash } from "../src/core/bytes.js";
import { hash160, hash256 } from "../src/core/hash/index.js";
import { seededRandom } from "../src/core/random.js";
import { loadShare, type Share, type ShareNode, ShareRules, Tracker } from "../src/sharechain/index.js";
import { BlockContentsCache } from "../src/work/block-contents.js";
import type { Job, JobId } from "../src/work/job.js";
import { makeWorkJob } from "../src/work/work-job.js";
import { chainNetwork, fill, mint, recordedShares } from "./support/chains.js";
import { type Bench, median, timeOf } from "./support/harness.js";

const JOBS = 200;
/** About what a share says of itself. */
const INFO_BYTES = 150;
const BATCHES = 200;
const REPEATS = 50;

/** A new job for another payout address on the same tip, and on a tip that has just moved. */
export const generation: Bench = {
  name: "generation",
  async run() {
    const tracker = new Tracker(new ShareRules(chainNetwork()));
    const raws = recordedShares();
    const tip = fill(tracker, raws.slice(0, 8800));
    const few = median(Array.from({ length: JOBS }, (_, i) => timeOf(() => void job(tracker, tip, address(i)))));
    const moving: number[] = [];
    for (const raw of raws.slice(8800)) {
      const next = tracker.add(loadShare(raw, tracker.rules), 0)!;
      moving.push(timeOf(() => void job(tracker, next, address(0))));
    }
    const crowded = new Tracker(new ShareRules(chainNetwork()));
    const many = crowd(crowded, raws, 4000);
    const thousands = median(Array.from({ length: 50 }, (_, i) => timeOf(() => void job(crowded, many, address(i)))));
    const least = leastTime(job(tracker, tip, address(0)));
    return [
      { what: "new job, 200 payees, same tip", value: few, unit: "ms", note: "below 0.5" },
      { what: "copying its bytes and hashing the share's info, alone", value: least, unit: "ms", note: "lower bound" },
      { what: "new job, 200 payees, same tip, against that", value: few / least, unit: "×" },
      { what: "new job, 200 payees, new tip", value: median(moving), unit: "ms", note: "below 0.5" },
      { what: "new job, 4,000 payees", value: thousands, unit: "ms", note: "below 10" },
    ];
  },
};

const TEMPLATE: Template = {
  previousBlock: "00".repeat(31).concat("01") as BlockHash,
  height: 900_000,
  bits: 0x17034219,
  version: 0x20000000,
  requiredVersionBits: 0,
  minTime: 0,
  time: 1_800_000_000,
  subsidy: 312_500_000n,
  transactions: [],
  coinbaseFlags: new Uint8Array(0),
  rules: ["segwit"],
  mweb: null,
  receivedAt: 1_800_000_000,
};

function job(tracker: Tracker, parent: ShareNode, forAddress: string): Job {
  const { job: made } = makeWorkJob({
    id: "1" as JobId,
    tracker,
    parent,
    template: TEMPLATE,
    contents: new BlockContentsCache(),
    address: forAddress,
    desiredTarget: tracker.rules.network.maxTarget,
    donation: 0,
    staleInfo: 0,
    coinbaseTexts: [],
    mergedBlocks: [],
    startTarget: tracker.rules.network.maxTarget,
    clean: true,
    tipEvent: 1,
    blockEvent: 1,
    now: 1_800_000_000,
    random: seededRandom(1),
    room: (size) => new Uint8Array(size),
  });
  if (made.coinbase.prefix.length === 0 || hexToHash(TEMPLATE.previousBlock).length !== 32) throw new Error("no job");
  return made;
}

/** Milliseconds of what no way of making this job gets by without: its generation transaction, and the hash in it. */
function leastTime({ coinbase }: Job): number {
  const info = new Uint8Array(INFO_BYTES);
  const batches = Array.from({ length: BATCHES }, () =>
    timeOf(() => {
      for (let i = 0; i < REPEATS; i++) {
        concatBytes(coinbase.prefix, coinbase.suffix);
        hash256(info);
      }
    }),
  );
  // Most are not disturbed by what else the machine does.
  return median(batches) / REPEATS;
}

function address(index: number): string {
  return encodeLegacyAddress({ version: 0, hash: hash160(bigIntToBytesBE(BigInt(index), 8)) });
}

/** A chain with as many payees: recorded shares whose addresses are exchanged, which nobody verifies. */
function crowd(tracker: Tracker, raws: readonly Uint8Array[], payees: number): ShareNode {
  let tip: ShareNode | null = null;
  for (const [i, raw] of raws.slice(0, 8800).entries()) {
    const share: Share = { ...loadShare(raw, tracker.rules), address: address(i % payees) };
    tip = tracker.add(share, 0)!;
  }
  if (mint(tracker, tip!, address(0), seededRandom(1)).length === 0) throw new Error("no share");
  return tip!;
}
