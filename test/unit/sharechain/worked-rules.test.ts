import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bitsToTarget, MAX_256, targetToAttempts } from "../../../src/core/compact.js";
import { networkByName } from "../../../src/networks/index.js";
import { splitFlat } from "../../../src/sharechain/flat-payouts.js";
import { Forest } from "../../../src/sharechain/forest.js";
import { shareFormat } from "../../../src/sharechain/formats/index.js";
import { amountOf } from "../../../src/sharechain/payees.js";
import { PayoutWindow } from "../../../src/sharechain/payout-window.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { type ShareForest, type ShareNode, TrackedShare } from "../../../src/sharechain/share-node.js";
import { easiestTarget, poolRate, shareBits, shareTimestamp } from "../../../src/sharechain/targets.js";
import {
  type ChainCounts,
  checkSuccession,
  countVotes,
  formatToMint,
  succession,
} from "../../../src/sharechain/versions.js";
import { VoteWindow } from "../../../src/sharechain/vote-window.js";
import { type SyntheticShare, syntheticShare } from "./support/synthetic.js";

// The worked examples of spec/04 §13.1, §13.2, §13.3 and §13.5.

const RULES = new ShareRules(networkByName("litecoin_testnet"));

/** A chain of shares, oldest first; answers its tip. */
function chain(wishes: readonly Omit<SyntheticShare, "id" | "parent">[]): ShareNode {
  const forest: ShareForest = new Forest<TrackedShare>();
  const name = (i: number): string => i.toString(16).padStart(64, "0");
  let tip: ShareNode | undefined;
  for (const [i, wish] of wishes.entries()) {
    const share = syntheticShare({ ...wish, id: name(i + 1), parent: i === 0 ? null : name(i) });
    tip = forest.add(new TrackedShare(share, 0, null));
  }
  return tip!;
}

describe("targets (§13.1)", () => {
  const max = MAX_256;
  // Shares, their bits, spacing; pool rate; desired target; then max_bits and bits of the next share.
  const rows: readonly [number, number, number, bigint | null, bigint, number, number][] = [
    [199, 0x1f0fffff, 4, null, max, 0x200ccccc, 0x200ccccc],
    [200, 0x200ccccc, 4, 5n, max, 0x200ccccc, 0x200ccccc],
    [200, 0x1f0fffff, 4, 1024n, max, 0x1f0fffff, 0x1f0fffff],
    [200, 0x1f0fffff, 1, 4096n, max, 0x1f0e6665, 0x1f0e6665],
    [200, 0x1f0fffff, 200, 20n, max, 0x1f119998, 0x1f119998],
    [200, 0x1f0fffff, 0, 815104n, max, 0x1f0e6665, 0x1f0e6665],
    [200, 0x1f0fffff, 260, 15n, 1n, 0x1f119998, 0x1f00962f],
    [200, 0x1f0fffff, 256, 16n, 2n ** 240n, 0x1f119998, 0x1f010000],
  ];
  for (const [count, bits, spacing, rate, desired, maxBits, claimed] of rows) {
    test(`${count} shares of ${bits.toString(16)}, ${spacing} s apart, wanting ${desired.toString(16)}`, () => {
      const tip = chain(Array.from({ length: count }, (_, i) => ({ bits, timestamp: i * spacing })));
      if (rate !== null) assert.equal(poolRate(tip, RULES.network.targetLookbehind, "minWork"), rate);
      const next = easiestTarget(tip, { format: tip.item.share.format, timestamp: 0 }, RULES);
      assert.deepEqual([next.maxBits, shareBits(desired, next.easiest)], [maxBits, claimed]);
    });
  }

  test("the easiest target is not cut to what bits can say", () => {
    const tip = chain(Array.from({ length: 200 }, (_, i) => ({ bits: 0x1f0fffff, timestamp: 4 * i })));
    assert.equal(easiestTarget(tip, { format: tip.item.share.format, timestamp: 0 }, RULES).easiest, 2n ** 244n - 1n);
  });

  test("attempts", () => {
    const attempts = [0x1f0fffff, 0x1f119998, 0x1f0e6665, 0x1f00962f, 0x1f010000].map((bits) =>
      Number(targetToAttempts(bitsToTarget(bits))),
    );
    assert.deepEqual(attempts, [4096, 3723, 4551, 111711, 65535]);
  });
});

test("timestamps (§13.2)", () => {
  const parent = 1_600_000_000;
  const rows: readonly [number, number, number][] = [
    [-5, 1, 1],
    [0, 1, 1],
    [1, 1, 1],
    [3, 3, 3],
    [7, 7, 7],
    [8, 7, 8],
    [100, 7, 100],
  ];
  for (const [wanted, bounded, unbounded] of rows) {
    const times = [17, 32, 33, 34, 35].map(
      (version) => shareTimestamp(parent + wanted, parent, shareFormat(version)!, RULES.network.sharePeriod) - parent,
    );
    assert.deepEqual(times, [bounded, unbounded, unbounded, unbounded, unbounded], `${wanted} s after the parent`);
  }
  assert.equal(shareTimestamp(5, null, shareFormat(17)!, 4), 5);
});

describe("votes (§13.3)", () => {
  /** Version 17; of the forty that decide about a 401st share, the oldest `voting` vote for 35. */
  const voted = (count: number, voting: number): ShareNode =>
    chain(
      Array.from({ length: count }, (_, i) => ({
        version: 17,
        bits: 0x200ccccc,
        desiredVersion: i < voting ? 35 : 17,
      })),
    );

  const rows: readonly [number, string | null, number][] = [
    [23, "NOT_ENOUGH_VOTES", 17],
    [24, null, 17],
    [38, null, 17],
    [39, null, 35],
  ];
  for (const [voting, error, minted] of rows) {
    test(`${voting} of 40 for version 35`, () => {
      const parent = voted(400, voting);
      const votes = succession(parent, RULES)!;
      assert.deepEqual([votes.byVersion.get(35n), votes.total], [BigInt(20 * voting), 800n]);
      assert.equal(checkSuccession(shareFormat(35)!, parent, votes, RULES), error);
      assert.equal(formatToMint(parent, RULES, TAIL_ONLY).version, minted);
      for (const version of [32, 33, 34] as const) {
        assert.equal(checkSuccession(shareFormat(version)!, parent, votes, RULES), "NOT_A_SUCCESSOR");
      }
      assert.equal(checkSuccession(shareFormat(17)!, parent, votes, RULES), null);
      const window = new VoteWindow();
      assert.deepEqual(
        succession(parent, RULES, (from, count) => window.votes(from, count)),
        votes,
      );
    });
  }

  test("a chain of 399 shares is followed by any version but the successor", () => {
    const parent = voted(399, 40);
    const votes = succession(parent, RULES);
    assert.equal(votes, null);
    for (const version of [17, 32, 33, 34] as const)
      assert.equal(checkSuccession(shareFormat(version)!, parent, votes, RULES), null);
    assert.equal(checkSuccession(shareFormat(35)!, parent, votes, RULES), "NOT_ENOUGH_HISTORY");
  });
});

/** Until version 35 only the oldest tenth of a chain votes. */
const TAIL_ONLY: ChainCounts = { votes: countVotes, adoption: () => assert.fail("asked for") };

describe("order of the outputs (§13.5)", () => {
  const a1 = "tltc1qw508d6qejxtdg4y5r3zarvary0c5xw7klfsuq0";
  const a2 = "mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r";
  const a3 = "QXHFfTBKYXjaaTH1e7Rox8CcdNPGHVhM59";
  const upper = a1.toUpperCase();
  const donation = RULES.donationAddress;

  function split(window: readonly string[], finder: string, subsidy: bigint): [string, number][] {
    const parent = chain([...window, a2].map((address) => ({ address, bits: 0x200ccccc })));
    const wish = { version: RULES.version(35)!, blockTarget: bitsToTarget(0x1e0fffff), subsidy, finder };
    const result = splitFlat(parent, wish, RULES, new PayoutWindow());
    return [
      ...result.payees().map((payee): [string, number] => [payee.address, Number(amountOf(payee))]),
      ["donation", Number(result.donation)],
    ];
  }
  const whole = 5_000_000_000n;
  const third = 1658333333;

  test("equal amounts by text, the finder's last", () => {
    const expected = [
      [a3, third],
      [a1, third],
      [a2, 1683333333],
      ["donation", 1],
    ];
    assert.deepEqual(split([a1, a2, a3], a2, whole), expected);
  });
  test("found by the donation address", () => {
    const expected = [
      [a3, third],
      [a2, third],
      [a1, third],
      ["donation", 25000001],
    ];
    assert.deepEqual(split([a1, a2, a3], donation, whole), expected);
  });
  test("the donation address among the payees gets one output", () => {
    const expected = [
      [a3, third],
      [a2, third],
      ["donation", 1683333334],
    ];
    assert.deepEqual(split([donation, a2, a3], donation, whole), expected);
  });
  test("two texts of one script are two payees", () => {
    const expected = [
      [a3, third],
      [upper, third],
      [a1, 1683333333],
      ["donation", 1],
    ];
    assert.deepEqual(split([a1, upper, a3], a1, whole), expected);
    assert.deepEqual(RULES.payable(upper, "fixed")!.script, RULES.payable(a1, "fixed")!.script);
  });
  test("a subsidy of 7, and none", () => {
    const expected = [
      [a3, 2],
      [a2, 2],
      [a1, 2],
      ["donation", 1],
    ];
    assert.deepEqual(split([a1, a2, a3], a2, 7n), expected);
    assert.deepEqual(split([a1, a2, a3], a2, 0n), [["donation", 0]]);
  });
});
