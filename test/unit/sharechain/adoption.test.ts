import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { networkByName } from "../../../src/networks/index.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import type { ShareNode } from "../../../src/sharechain/share-node.js";
import { Tracker } from "../../../src/sharechain/tracker.js";
import { checkSuccession, succession } from "../../../src/sharechain/versions.js";
import { syntheticShare } from "./support/synthetic.js";

// Which version we mint (spec/20 §12), and the ways in which others went wrong there.

const LENGTH = 40;
const TAIL = 4;
const RULES = new ShareRules({ ...networkByName("litecoin"), chainLength: LENGTH, realChainLength: LENGTH });

interface Run {
  readonly count: number;
  readonly version?: 35 | 36;
  readonly vote: number;
  /** Work; 2 by default. */
  readonly bits?: number;
  readonly authors?: number;
}

const HEAVY = 0x2000ffff;

/** Runs of shares, oldest first; answers the tip and what to mint on it. */
function chain(runs: readonly Run[], rules = RULES): { tip: ShareNode; minted: number; tracker: Tracker } {
  const tracker = new Tracker(rules);
  let tip: ShareNode | null = null;
  let number = 0;
  for (const { count, version = 35, vote, bits = 0x207fffff, authors = 3 } of runs) {
    for (let i = 0; i < count; i++) {
      const share = syntheticShare({
        id: (++number).toString(16).padStart(64, "0"),
        parent: tip === null ? null : tip.id,
        version,
        desiredVersion: vote,
        bits,
        address: `author${number % authors}`,
      });
      tip = tracker.add(share, 0)!;
    }
  }
  return { tip: tip!, minted: tracker.formatToMint(tip).version, tracker };
}

describe("what to mint on the way to version 36", () => {
  test("35 until the whole window votes by 95 % of its work, then 36", () => {
    assert.equal(chain([{ count: LENGTH, vote: 36 }]).minted, 36);
    assert.equal(
      chain([
        { count: LENGTH - 3, vote: 36 },
        { count: 3, vote: 35 },
      ]).minted,
      35,
    );
    assert.equal(
      chain([
        { count: LENGTH - 2, vote: 36 },
        { count: 2, vote: 35 },
      ]).minted,
      36,
    );
  });

  test("not on a chain that is younger than its window, whatever it votes", () => {
    assert.equal(chain([{ count: LENGTH - 1, vote: 36 }]).minted, 35);
    assert.equal(chain([{ count: 3, version: 36, vote: 36 }]).minted, 36);
  });

  test("a majority of one's own making is none", () => {
    assert.equal(chain([{ count: LENGTH, vote: 36, authors: 1 }]).minted, 35);
    assert.equal(chain([{ count: LENGTH, vote: 36, authors: 2 }]).minted, 36);
  });

  test("work counts, not shares", () => {
    // 38 of 40 shares for it, and most of the work against it.
    assert.equal(
      chain([
        { count: 38, vote: 36 },
        { count: 2, vote: 35, bits: HEAVY },
      ]).minted,
      35,
    );
  });

  test("the oldest tenth has to agree by both ways of counting sixty percent", () => {
    // The whole votes for it, but the verifier's rule would refuse the share.
    const refused = chain([
      { count: TAIL, vote: 35 },
      { count: LENGTH - TAIL, vote: 36, bits: HEAVY },
    ]);
    assert.equal(refused.minted, 35);
    // 29 of 49 units of work in the oldest tenth: 60 % are 29.4, which one implementation rounds down and the other does not.
    const tail: Run[] = [
      { count: 1, vote: 36, bits: 0x2008d3dc },
      { count: 1, vote: 35, bits: 0x200fffff },
      { count: 2, vote: 35, bits: 0x207fffff },
    ];
    const { tip, minted, tracker } = chain([...tail, { count: LENGTH - TAIL, vote: 36, bits: HEAVY }]);
    const votes = succession(tip, RULES)!;
    const voted = votes.byVersion.get(36n)!;
    assert.ok(voted >= (votes.total * 60n) / 100n && voted * 100n < votes.total * 60n, `${voted} of ${votes.total}`);
    assert.equal(checkSuccession(tracker.rules.version(36)!.format, tip, votes, RULES), null);
    assert.equal(minted, 35);
  });

  test("single shares that step back do not make it swing", () => {
    const running: Run[] = [{ count: 2 * LENGTH, version: 36, vote: 36 }];
    assert.equal(chain(running).minted, 36);
    assert.equal(chain([...running, { count: 1, version: 35, vote: 35 }]).minted, 36);
    assert.equal(chain([...running, { count: 8, version: 35, vote: 35 }]).minted, 36);
  });

  test("steps back when most of the work wants to, and only then", () => {
    const running: Run = { count: 2 * LENGTH, version: 36, vote: 36 };
    assert.equal(chain([running, { count: 20, version: 36, vote: 35 }]).minted, 36);
    const { tip, minted } = chain([running, { count: 21, version: 36, vote: 35 }]);
    assert.equal(minted, 35);
    assert.equal(checkSuccession(RULES.version(35)!.format, tip, succession(tip, RULES), RULES), null);
  });

  test("nothing is remembered: another chain gets another answer at once", () => {
    const { tracker, tip } = chain([{ count: LENGTH, vote: 36 }]);
    assert.equal(tracker.formatToMint(tip).version, 36);
    assert.equal(tracker.formatToMint(tip.parent).version, 35);
    assert.equal(tracker.formatToMint(tip).version, 36);
  });

  test("Bitcoin stays on 35, whatever is voted there", () => {
    const bitcoin = new ShareRules({ ...networkByName("bitcoin"), chainLength: LENGTH, realChainLength: LENGTH });
    const { minted, tip } = chain([{ count: LENGTH, vote: 36 }], bitcoin);
    assert.equal(minted, 35);
    assert.equal(bitcoin.successor(tip.item.share.format), null);
  });
});
