import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encode } from "../../../src/core/codec.js";
import { bitsToTarget } from "../../../src/core/compact.js";
import { outlineShare, type ShareWish } from "../../../src/sharechain/draft.js";
import { DraftError, type DraftErrorCode } from "../../../src/sharechain/errors.js";
import { splitFlat } from "../../../src/sharechain/flat-payouts.js";
import { Forest } from "../../../src/sharechain/forest.js";
import { PayoutWindow } from "../../../src/sharechain/payout-window.js";
import { PayoutWindows } from "../../../src/sharechain/payout-windows.js";
import { prune } from "../../../src/sharechain/prune.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { type ShareForest, type ShareNode, TrackedShare } from "../../../src/sharechain/share-node.js";
import { easiestTarget, isSilence } from "../../../src/sharechain/targets.js";
import { Tracker } from "../../../src/sharechain/tracker.js";
import { isOverwhelming } from "../../../src/sharechain/versions.js";
import { IGNORANT_DAEMON } from "../../vectors/handlers/share-network.js";
import { easyNetwork } from "../peers/support/chain.js";
import { syntheticShare } from "./support/synthetic.js";
import { range, Toy, toyNumber } from "./support/toy.js";

// Rules that no recorded share tries: found by breaking each rule of the share chain once (`npm run mutants`).

const BLOCK_BITS = 0x1d00ffff;
const START = 1_700_000_000;
const NOW = START + 10_000;

describe("what a share is drafted on (spec/04 §3.2, §4)", () => {
  const rules = new ShareRules(easyNetwork({ chainLength: 120, realChainLength: 120 }));
  const name = (i: number): string => i.toString(16).padStart(64, "0");

  /** A chain whose oldest share's parent is not known, or that begins with it. */
  function tip(count: number, isCutOff: boolean, change: object = {}): ShareNode {
    const forest: ShareForest = new Forest<TrackedShare>();
    let node: ShareNode | undefined;
    for (let i = 1; i <= count; i++) {
      const parent = i === 1 && !isCutOff ? null : name(i - 1 + (i === 1 ? 0xfff0 : 0));
      const share = syntheticShare({ id: name(i), parent, timestamp: START + i, payable: PAYABLE });
      const changed = { ...share, info: { ...share.info, ...change } };
      node = forest.add(new TrackedShare(i === count ? (changed as typeof share) : share, 0, null));
    }
    return node!;
  }
  const PAYABLE = rules.payable(rules.donationAddress, "fixed")!;

  function wishOn(parentId: string | null): ShareWish {
    return {
      version: rules.version(35)!,
      data: {
        previousShareId: parentId as never,
        coinbase: Uint8Array.of(1, 2),
        nonce: 0,
        payee: new Uint8Array(0),
        payeeType: null,
        subsidy: 0n,
        donation: 0,
        staleInfo: 0,
        desiredVersion: 35n,
      },
      address: rules.donationAddress,
      blockTarget: bitsToTarget(BLOCK_BITS),
      timestamp: START,
      target: rules.network.maxTarget,
      segwit: null,
      otherTransactions: [],
      refMerkleBranch: [],
      lastTxoutNonce: new Uint8Array(8),
    };
  }

  const outline = (parent: ShareNode, on: string | null = parent.id, with_ = rules) =>
    outlineShare(parent, wishOn(on), with_, new PayoutWindows(with_));
  const isRefused =
    (code: DraftErrorCode) =>
    (error: unknown): boolean =>
      error instanceof DraftError && error.code === code;

  test("only on the parent that it names", () => {
    assert.throws(() => outline(tip(2, false), name(1)), isRefused("DRAFT_PARENT_UNKNOWN"));
  });

  test("a chain that is cut off has to be known for a whole window", () => {
    assert.throws(() => outline(tip(119, true)), isRefused("DRAFT_CHAIN_TOO_SHORT"));
    assert.equal(outline(tip(120, true)).info.farShareId, name(21));
    assert.equal(outline(tip(119, false)).info.farShareId, name(20));
  });

  test("the hundredth ancestor may be the one that is not known", () => {
    const short = new ShareRules(easyNetwork({ chainLength: 40, realChainLength: 40 }));
    assert.equal(outline(tip(99, true), name(99), short).info.farShareId, name(0xfff0));
    assert.throws(() => outline(tip(98, true), name(98), short), isRefused("DRAFT_CHAIN_TOO_SHORT"));
    assert.equal(outline(tip(99, false), name(99), short).info.farShareId, null);
    assert.equal(outline(tip(100, false), name(100), short).info.farShareId, name(1));
  });

  test("absheight and abswork wrap", () => {
    const parent = tip(3, false, { absheight: 2 ** 32 - 1, abswork: 2n ** 128n - 1n });
    const { info } = outline(parent);
    assert.deepEqual([info.absheight, info.abswork], [0, 1n]);
    assert.doesNotThrow(() => encode(rules.version(35)!.codec.info, info));
  });

  test("no share is harder than the network's hardest", () => {
    const minTarget = 1n << 253n;
    const hard = new ShareRules(easyNetwork({ minTarget, targetLookbehind: 5 }));
    const { easiest } = easiestTarget(tip(20, false), { format: hard.version(35)!.format, timestamp: START }, hard);
    assert.ok(easiest > minTarget);
    const harder = tip(20, false, { maxBits: 0x1f00ffff });
    const wish = { format: hard.version(35)!.format, timestamp: START };
    assert.equal(easiestTarget(harder, wish, hard).easiest, minTarget);
  });

  test("4000 outputs at most, the donation's among them", () => {
    const wide = new ShareRules(easyNetwork({ realChainLength: 5_000, spread: 10 ** 9 }));
    const forest: ShareForest = new Forest<TrackedShare>();
    let node: ShareNode | null = null;
    for (let i = 1; i <= 4_010; i++) {
      const share = syntheticShare({ id: name(i), parent: i === 1 ? null : name(i - 1), address: `payee ${i}` });
      node = forest.add(new TrackedShare(share, 0, null));
    }
    const window = new PayoutWindow();
    const wish = { version: wide.version(35)!, blockTarget: bitsToTarget(BLOCK_BITS), subsidy: 10n ** 12n };
    const split = splitFlat(node, { ...wish, finder: "finder" }, wide, window);
    assert.equal(split.count, 3_999);
    assert.equal(split.payees().length, 3_999);
  });

  test("a chain that is cut off verifies from CHAIN_LENGTH + 1 shares on", () => {
    const tracker = new Tracker(new ShareRules(easyNetwork()));
    let node: ShareNode | null = null;
    for (let i = 1; i <= 40; i++) {
      node = tracker.add(syntheticShare({ id: name(i), parent: name(i === 1 ? 0xfff0 : i - 1) }), 0);
    }
    const verdict = tracker.verify(node!, NOW, IGNORANT_DAEMON);
    assert.deepEqual([verdict.ok, verdict.ok || verdict.reason], [false, "only 40 of 41 shares are known"]);
  });
});

describe("votes and silence", () => {
  const votes = (part: bigint) => ({ byVersion: new Map([[35n, part]]), total: 100n });

  test("exactly 95 of 100 are overwhelming (spec/04 §4.3)", () => {
    assert.deepEqual(
      [94n, 95n, 96n].map((part) => isOverwhelming(35, votes(part))),
      [false, true, true],
    );
  });

  test("a silence is more than twenty share periods (spec/20 §7)", () => {
    const rules = new ShareRules(easyNetwork());
    const periods = 20 * rules.network.sharePeriod;
    assert.deepEqual([isSilence(periods, rules), isSilence(periods + 1, rules)], [false, true]);
  });
});

describe("away from punished shares (spec/04 §8.5)", () => {
  /** 27 to 35 are naughty and heaviest; the others are where one goes instead. */
  const toy = (): Toy => new Toy().add(range(1, 26), null).add(range(27, 35), 26, { naughty: 1 });
  const best = (from: Toy): number | null => toyNumber(from.evaluate().best?.id ?? null);

  test("to the end of the deepest chain beside", () => {
    assert.equal(best(toy().add([40, 41], 26).add([50], 26)), 41);
    assert.equal(best(toy().add([40], 26).add([50, 51], 26)), 51);
  });

  test("of two equal ones to the greater hash", () => {
    assert.equal(best(toy().add([40, 41], 26).add([50, 51], 26)), 51);
  });
});

test("of a chain that is cut off the five newest are tried (spec/04 §8.1)", () => {
  const toy = new Toy().add(range(101, 140), 100);
  toy.tracker.verify = (node) => ({ ok: false, code: "GENTX_MISMATCH", reason: "", naughty: node.item.naughty });
  assert.deepEqual(
    toy.evaluate().refused.map(({ node }) => toyNumber(node.id)),
    [140, 139, 138, 137, 136],
  );
});

test("a missing parent is asked for as long as the best share is no more than an hour younger (spec/04 §8.6)", () => {
  const wanted = (timestamp: number): unknown[] =>
    new Toy()
      .add(range(1, 20), null, { timestamp: 10_000 })
      .add([201], 200, { timestamp })
      .evaluate(10_000)
      .wanted.map(({ id }) => toyNumber(id));
  assert.deepEqual([wanted(10_000 - 3_600), wanted(10_000 - 3_601)], [[200], []]);
});

test("unverified shares go once their tail had nothing new for 120 seconds (spec/04 §10)", () => {
  const left = (newest: number): number[] => {
    const toy = new Toy().add(range(1, 20), null).add([201], 200, { seen: 600 }).add([210], 200, { seen: newest });
    prune(toy.tracker, toy.evaluate(1_000), 1_000);
    return toy.known().filter((number) => number > 20);
  };
  assert.deepEqual([left(880), left(881)], [[210], [201, 210]]);
});
