import { encodeLegacyAddress } from "../src/bitcoin/address.js";
import type { BlockHash } from "../src/bitcoin/template.js";
import { bigIntToBytesBE, bytesToHex, hashToHex } from "../src/core/bytes.js";
import { hash160, hash256, hash256Node } from "../src/core/hash/index.js";
import { seededRandom } from "../src/core/random.js";
import { readTemplate } from "../src/daemon/read-template.js";
import type { BlockTemplate } from "../src/daemon/rpc/index.js";
import { COINS } from "../src/networks/index.js";
import { ShareRules, Tracker } from "../src/sharechain/index.js";
import { WorkMaker } from "../src/work/work-maker.js";
import { rawTemplate } from "../test/support/daemon-template.js";
import { chainNetwork, fill, recordedShares } from "./support/chains.js";
import { type Bench, median } from "./support/harness.js";

const TRANSACTIONS = 5_000;
const RUNS = 25;

/** A full block's template from the parsed answer to a miner's job, and how long the event loop waits meanwhile. */
export const template: Bench = {
  name: "template",
  async run() {
    const answer = fullAnswer();
    const tracker = new Tracker(new ShareRules(chainNetwork()));
    const tip = fill(tracker, recordedShares().slice(0, 8800));
    const work = maker(tracker);
    work.setBest(tip);
    const [reading, jobs, both, elapsed, turns]: number[][] = [[], [], [], [], []];
    for (let i = 0; i < RUNS; i++) {
      let beforeMs = performance.now();
      let longest = 0;
      let isReading = true;
      const watch = (): void => {
        longest = Math.max(longest, performance.now() - beforeMs);
        beforeMs = performance.now();
        if (isReading) setImmediate(watch);
      };
      setImmediate(watch);
      const startedAtMs = performance.now();
      const startedMs = cpuMs();
      const read = await readTemplate(answer, 900_000, NOW);
      const readMs = cpuMs() - startedMs;
      isReading = false;
      watch();
      const madeMs = cpuMs();
      const makeJob = (): void => {
        work.setTemplate({ ...read, previousBlock: i.toString(16).padStart(64, "0") as BlockHash });
        const job = work.job({ payee: null, shareDifficulty: null });
        if ("refused" in job || job.merkleBranch.length !== 13) throw new Error("no job of a full block");
      };
      makeJob();
      const jobMs = cpuMs() - madeMs;
      elapsed!.push(performance.now() - startedAtMs);
      reading!.push(readMs);
      jobs!.push(jobMs);
      both!.push(readMs + jobMs);
      turns!.push(longest);
    }
    const trees = median(Array.from({ length: RUNS }, treesMs));
    return [
      { what: "5,000 transactions read and checked", value: median(reading!), unit: "ms of CPU" },
      { what: "their first job", value: median(jobs!), unit: "ms of CPU" },
      { what: "both", value: median(both!), unit: "ms of CPU", note: "all threads" },
      { what: "hashing of both merkle trees alone", value: trees, unit: "ms of CPU", note: "lower bound" },
      { what: "both against that", value: median(both!) / trees, unit: "×" },
      { what: "both, elapsed", value: median(elapsed!), unit: "ms", note: "below 25" },
      { what: "both, elapsed, the run that was disturbed least", value: Math.min(...elapsed!), unit: "ms" },
      { what: "longest that the event loop waited while reading", value: median(turns!), unit: "ms", note: "below 10" },
    ];
  },
};

const NOW = 1_800_000_000;

/** Of all threads of this process: other programs do not count. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Processor time of the nodes of two trees, of the identifiers and of the witnesses, one after the other by the same function. */
function treesMs(): number {
  const nodes = new Uint8Array(64);
  const out = new Uint8Array(32);
  const started = cpuMs();
  for (let i = 0; i < 2 * TRANSACTIONS; i++) hash256Node(nodes, 0, 32, out, 0);
  return cpuMs() - started;
}

function maker(tracker: Tracker): WorkMaker {
  return new WorkMaker({
    tracker,
    drawAddress: () => encodeLegacyAddress({ version: 0, hash: hash160(bigIntToBytesBE(1n, 8)) }),
    now: () => NOW,
    random: seededRandom(1),
    feePercent: 0,
    donationPercent: 0,
    coinbaseTexts: [],
    solo: true,
    peerCount: () => 1,
    knownCoins: COINS,
    effects: { block() {}, mergedBlock() {}, share() {}, failed() {} },
  });
}

/** Of 4 MWU but for what the generation transaction takes: transactions of 150 bytes and 195 of witness. */
function fullAnswer(): BlockTemplate {
  const random = seededRandom(1);
  const transactions = Array.from({ length: TRANSACTIONS }, () => {
    const data = new Uint8Array(345).map(() => random.uint32());
    data[4] = 1;
    const txid = hashToHex(hash256(data.subarray(0, 150)));
    const hash = hashToHex(hash256(data));
    return { data: bytesToHex(data), txid, hash, fee: 1000, sigops: 4, weight: 345 + 3 * 150, depends: [] };
  });
  const limits = { sizelimit: 4_000_000, weightlimit: 4_000_000, sigoplimit: 80_000 };
  return rawTemplate({ transactions, bits: "17034219", height: 900_000, ...limits }) as unknown as BlockTemplate;
}
