import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { encodeLegacyAddress } from "../../../src/bitcoin/address.js";
import type { BlockHash, Template } from "../../../src/bitcoin/template.js";
import { bigIntToBytesBE, bytesToHex } from "../../../src/core/bytes.js";
import { MAX_256, targetToDifficulty } from "../../../src/core/compact.js";
import { hash160 } from "../../../src/core/hash/index.js";
import { seededRandom } from "../../../src/core/random.js";
import { COINS, networkByName } from "../../../src/networks/index.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { Tracker } from "../../../src/sharechain/tracker.js";
import type { Job, Solution } from "../../../src/work/job.js";
import type { MergedBlock } from "../../../src/work/merged-work.js";
import type { JudgedSolution } from "../../../src/work/solution.js";
import { WorkMaker, type WorkMakerOptions } from "../../../src/work/work-maker.js";

const NODE = "mmhAcDRZyy4QLeGNf82xELqjcoay7nWmwF";
const MINER = "mkkPZdz4X4xpxQc4TBXcapMQYsFJVWUDrZ";
const NOW = 1_800_000_000;
/** Difficulty of the easiest share. */
const EASIEST = targetToDifficulty(networkByName("demo").maxTarget);

const TEMPLATE: Template = {
  previousBlock: "11".repeat(32) as BlockHash,
  height: 300,
  bits: 0x1e04cccc,
  version: 0x20000000,
  requiredVersionBits: 0,
  minTime: NOW - 3600,
  time: NOW,
  subsidy: 5_000_000_000n,
  transactions: [],
  coinbaseFlags: new Uint8Array(0),
  rules: ["segwit"],
  mweb: null,
  receivedAt: NOW,
};

describe("work maker", () => {
  let now: number;
  let events: string[];

  beforeEach(() => {
    now = NOW;
    events = [];
  });

  function create(options: Partial<WorkMakerOptions> = {}): WorkMaker {
    const work = new WorkMaker({
      tracker: new Tracker(new ShareRules(networkByName("demo"))),
      drawAddress: () => NODE,
      now: () => now,
      random: seededRandom(3),
      feePercent: 0,
      donationPercent: 0,
      coinbaseTexts: [],
      solo: true,
      peerCount: () => 0,
      knownCoins: COINS,
      effects: { block() {}, mergedBlock() {}, share() {}, failed: (error) => assert.fail(error as Error) },
      ...options,
    });
    work.setTemplate(TEMPLATE);
    work.subscribe(({ reason }) => events.push(reason));
    return work;
  }

  function job(work: WorkMaker, payee: string | null = MINER, shareDifficulty: number | null = null): Job {
    const made = work.job({ payee, shareDifficulty });
    assert.ok(!("refused" in made));
    return made;
  }

  test("whoever asks for the same gets the same job until something changes", () => {
    const work = create();
    const first = job(work);
    assert.equal(job(work), first);
    assert.equal(job(work, MINER, 0), first, "as easy as allowed is what everybody gets");
    assert.notEqual(job(work, null), first);
    work.setTemplate({ ...TEMPLATE, time: NOW + 1, receivedAt: NOW + 1 });
    assert.equal(job(work), first);
    work.setTemplate({ ...TEMPLATE, version: 0x20000001 });
    const second = job(work);
    assert.notEqual(second, first);
    assert.equal(second.clean, false);
    assert.deepEqual(events, ["refresh"]);
  });

  test("the fee is taken in whole jobs, so often that its mean is right (within four sigma)", () => {
    const work = create({ feePercent: 5 });
    let paid = 0;
    for (let i = 0; i < 10_000; i++) if (job(work).forAddress === NODE) paid++;
    assert.ok(Math.abs(paid - 500) < 4 * Math.sqrt(10_000 * 0.05 * 0.95), `${paid} of 10000`);
    for (let i = 0; i < 1000; i++) assert.equal(job(create({ feePercent: 0 })).forAddress, MINER);
    assert.equal(job(create({ feePercent: 100 })).forAddress, NODE);
  });

  test("a name that cannot be paid works for the node, and the reason says why", () => {
    const work = create();
    assert.equal(job(work, "bob").forAddress, NODE);
    assert.equal(job(work, "").forAddress, NODE);
    const check = work.checkPayee("bcrt1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqvg32hk");
    assert.ok(!check.ok);
    assert.match(check.reason, /taproot/);
  });

  const addressOf = (index: number): string =>
    encodeLegacyAddress({ version: 111, hash: hash160(bigIntToBytesBE(BigInt(index), 8)) });
  const isKnown = (work: WorkMaker, { id }: Job): boolean => {
    const solution = { job: id, extranonce: new Uint8Array(8), nonce: 0, time: NOW, version: 0x20000000 };
    const outcome = work.submit({ ...solution, pseudoTarget: 0n, worker: "x" });
    return !("then" in outcome) && !(outcome.kind === "rejected" && outcome.code === 21);
  };

  test("thousands of addresses have each a job that counts, also while the next ones are made", () => {
    const work = create();
    const made = Array.from({ length: 3000 }, (_, i) => job(work, addressOf(i)));
    work.setTemplate({ ...TEMPLATE, version: 0x20000001 });
    for (let i = 0; i < 3000; i++) made.push(job(work, addressOf(i)));
    assert.deepEqual(
      made.filter((each) => !isKnown(work, each)),
      [],
    );
    assert.equal(job(work, addressOf(0)), made[3000]);
  });

  test("jobs are bounded by bytes: the oldest goes, and is handed out to nobody any more", () => {
    const work = create({ jobBytes: 30_000 });
    const made = Array.from({ length: 20 }, (_, i) => job(work, addressOf(i)));
    const kept = made.filter((each) => isKnown(work, each));
    assert.ok(kept.length >= 9 && kept.length <= 12, `${kept.length} jobs`);
    assert.deepEqual(kept, made.slice(-kept.length));
    // With a wish that comes to the same target, and without.
    for (const wish of [null, 0]) assert.ok(isKnown(work, job(work, addressOf(0), wish)));
    assert.notEqual(job(work, addressOf(0)), made[0]);
  });

  test("jobs of the block that is mined count for five minutes, of earlier ones for one", () => {
    const work = create();
    const first = job(work);
    now = NOW + 50;
    work.setTemplate({ ...TEMPLATE, version: 0x20000001, receivedAt: now });
    const second = job(work);
    now = NOW + 61;
    const next = { ...TEMPLATE, height: 301, previousBlock: "22".repeat(32) as BlockHash };
    work.setTemplate({ ...next, receivedAt: now });
    const third = job(work);
    assert.deepEqual(
      [first, second, third].map((each) => isKnown(work, each)),
      [false, true, true],
    );
    now = NOW + 61 + 299;
    work.setTemplate({ ...next, version: 0x20000001, receivedAt: now });
    assert.deepEqual(
      [second, third].map((each) => isKnown(work, each)),
      [false, true],
    );
    now += 2;
    work.setTemplate({ ...next, version: 0x20000002, receivedAt: now });
    assert.equal(isKnown(work, third), false);
  });

  test("user names that ask for many share difficulties make few jobs", () => {
    const work = create();
    const ids = new Set<string>();
    for (let i = 0; i < 500; i++) ids.add(job(work, MINER, EASIEST * 1.01 ** i).id);
    assert.ok(ids.size <= 33, `${ids.size} jobs`);
  });

  test("of the wishes in a second only some are granted, the others get everybody's target", () => {
    const work = create({ targetSteps: Number.POSITIVE_INFINITY });
    const ids = new Set<string>();
    for (let i = 0; i < 300; i++) ids.add(job(work, MINER, EASIEST * 1.01 ** i).id);
    assert.ok(ids.size <= 51, `${ids.size} jobs`);
    now += 1;
    const before = ids.size;
    ids.add(job(work, MINER, EASIEST * 25).id);
    assert.equal(ids.size, before + 1);
  });

  test("merged blocks are committed to; only what they build on is news, other changes are so now and then", () => {
    const work = create();
    const block: MergedBlock = { chainId: 1, hash: "ab".repeat(32), target: MAX_256 >> 4n, previousBlock: "t1" };
    const commitments = (): string => /fabe6d6d.{80}/.exec(bytesToHex(job(work).coinbase.prefix))?.[0] ?? "none";
    assert.equal(commitments(), "none");
    work.setMergedBlocks([block]);
    assert.deepEqual(events, ["refresh"]);
    assert.equal(commitments(), `fabe6d6d${"ab".repeat(32)}0100000000000000`);
    assert.equal(job(work).hardestTarget, MAX_256 >> 4n, "no miner may miss a merged block");
    work.setMergedBlocks([block]);
    work.setMergedBlocks([{ ...block, hash: "cd".repeat(32) }]);
    assert.deepEqual(events, ["refresh"]);
    assert.match(commitments(), /^fabe6d6d(ab)/, "the job stays");
    now += 15;
    work.setMergedBlocks([{ ...block, hash: "ef".repeat(32) }]);
    work.setMergedBlocks([{ ...block, hash: "01".repeat(32), previousBlock: "t2" }]);
    assert.deepEqual(events, ["refresh", "refresh", "refresh"]);
    work.setMergedBlocks([]);
    assert.equal(commitments(), "none");
    assert.throws(() => work.setMergedBlocks([block, block]), { data: { code: "AUXPOW_SLOT_COLLISION" } });
  });

  describe("hashes that come later", () => {
    const LATER: Solution = {
      job: "" as Solution["job"],
      extranonce: new Uint8Array(8),
      nonce: 1,
      time: NOW,
      version: 0x20000000,
      pseudoTarget: MAX_256 >> 1n,
      worker: "w",
    };

    /** With a proof of work that answers when the test says so. */
    function withThreads(judged: JudgedSolution[]) {
      const open: ((hash: Uint8Array) => void)[] = [];
      const work = create({
        powHash: () => new Promise((resolve) => open.push(resolve)),
        effects: {
          block() {},
          mergedBlock() {},
          share() {},
          judged: (one) => judged.push(one),
          failed: (error) => assert.fail(error as Error),
        },
      });
      return { work, open };
    }

    test("of two equal solutions one counts, though both were under way", async () => {
      const judged: JudgedSolution[] = [];
      const { work, open } = withThreads(judged);
      const solution = { ...LATER, job: job(work).id };
      const answers = [work.submit(solution), work.submit(solution)];
      assert.equal(judged.length, 0);
      const pow = new Uint8Array(32).fill(0x7e);
      open[1]!(pow);
      open[0]!(pow);
      const outcomes = await Promise.all(answers);
      assert.deepEqual(
        outcomes.map((outcome) => (outcome.kind === "rejected" ? outcome.code : outcome.kind)),
        [22, "pseudo"],
      );
      assert.equal(judged.length, 2);
    });

    test("clock and tip are those of the moment it came; `settled` waits for it", async () => {
      const judged: JudgedSolution[] = [];
      const { work, open } = withThreads(judged);
      const { id } = job(work);
      const early = work.submit({ ...LATER, job: id });
      work.setTemplate({ ...TEMPLATE, previousBlock: "22".repeat(32) as BlockHash });
      const late = work.submit({ ...LATER, job: id, nonce: 2 });
      const fault = work.submit({ ...LATER, job: id, time: NOW + 7201 });
      assert.deepEqual(fault, { kind: "rejected", code: 20, reason: "time-too-new" }, "faults are told at once");
      now += 10_000;
      let isSettled = false;
      const settled = work.settled().then(() => {
        isSettled = true;
      });
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(isSettled, false);
      for (const resolve of open) resolve(new Uint8Array(32).fill(0x7e));
      const staleness = [await early, await late].map((outcome) => outcome.kind !== "rejected" && outcome.stale);
      assert.deepEqual(staleness, [false, true]);
      await settled;
    });

    test("below the target but not below an eased one it counts at that, once", async () => {
      const judged: JudgedSolution[] = [];
      const { work, open } = withThreads(judged);
      const solution = { ...LATER, job: job(work).id, pseudoTarget: MAX_256 >> 10n, easedTarget: MAX_256 >> 1n };
      const answer = work.submit(solution);
      open[0]!(new Uint8Array(32).fill(0x7e));
      const outcome = await answer;
      assert.equal(outcome.kind !== "rejected" && outcome.isEased, true);
      assert.deepEqual(
        judged.map(({ work: hashes }) => hashes),
        [2],
      );
    });
  });
});
