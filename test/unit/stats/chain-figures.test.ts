import assert from "node:assert/strict";
import { test } from "node:test";
import { bitsToTarget } from "../../../src/core/compact.js";
import { seededRandom } from "../../../src/core/random.js";
import {
  averageStaleProportion,
  countVotes,
  expectedPayouts,
  loadShare,
  poolHashRate,
  type ShareNode,
  ShareRules,
  staleProportionByAddress,
  staleWork,
  Tracker,
} from "../../../src/sharechain/index.js";
import { PayoutWindows } from "../../../src/sharechain/payout-windows.js";
import { ChainFigures } from "../../../src/stats/chain-figures.js";
import { easyNetwork, mint } from "../peers/support/chain.js";

/** A chain with forks, of which every seventh share announces a lost one. */
function grow(tracker: Tracker, parent: ShareNode | null, count: number, seed: number): ShareNode {
  const random = seededRandom(seed);
  let tip = parent;
  for (let i = 0; i < count; i++) {
    const timestamp = (tip?.item.share.info.timestamp ?? 1_700_000_000) + 1 + (random.uint32() % 20);
    const staleInfo = i % 7 === 3 ? (i % 2 === 0 ? 253 : 254) : 0;
    tip = tracker.add(loadShare(mint(tracker, tip, { timestamp, staleInfo }, random), tracker.rules), 0)!;
  }
  return tip!;
}

test("figures follow the tip along a growing and forking chain, and equal the plain walk", () => {
  const rules = new ShareRules(easyNetwork({ sharePeriod: 60 }));
  const tracker = new Tracker(rules);
  const own = new Set<string>();
  const figures = new ChainFigures({ tracker, isOwn: (id) => own.has(id) });
  const first = grow(tracker, null, 90, 1);
  const fork = grow(tracker, first.ancestor(30), 45, 2);
  const longer = grow(tracker, first, 20, 3);
  for (const node of tracker.main.all()) if (node.position % 3 === 0) own.add(node.id);
  const visits = [...first.chain(90)].reverse();
  for (const tip of [...visits, fork, longer, fork.parent!, first, first.ancestor(80)!, longer]) {
    figures.setBest(tip);
    const count = Math.min(tip.height, 60);
    const hour = figures.hour!;
    assert.equal(hour.count, count);
    assert.equal(hour.staleFraction, averageStaleProportion(tip, count));
    assert.deepEqual([...hour.staleWork].sort(), [...staleWork(tip, count)].sort());
    const ours = [...tip.chain(count)].filter(({ id }) => own.has(id));
    assert.equal(hour.own.shares, ours.length);
    const orphans = ours.filter(({ item }) => item.share.info.data.staleInfo === 253);
    assert.equal(hour.own.orphan, orphans.length);
    if (tip.height > 2) assert.equal(figures.poolRate, plainPoolRate(tip, rules));
    assert.deepEqual(figures.votes, countVotes(tip, Math.min(tip.height, 40, 60)));
    const stales = staleProportionByAddress(tip, tip.height);
    assert.deepEqual([...figures.userStales].sort(), [...stales].sort());
    const target = bitsToTarget(0x1d00ffff);
    const plain = expectedPayouts(tip, target, 5_000_000_000n, rules, new PayoutWindows(rules));
    assert.deepEqual([...figures.payouts(target, 5_000_000_000n)].sort(), [...plain].sort());
    const [address] = figures.users.keys();
    assert.equal(figures.sharesOf(address!).length, tip.height - 1);
  }
  figures.setBest(null);
  assert.equal(figures.hour, null);
  assert.deepEqual([...figures.users], []);
});

/** Over the same number of shares as the classic interface: one more than the console's. */
function plainPoolRate(tip: ShareNode, rules: ShareRules): number {
  const count = Math.min(tip.height, 60);
  const far = tip.ancestor(count - 1)!;
  const seconds = Math.max(1, tip.item.share.info.timestamp - far.item.share.info.timestamp);
  const rate = Number(tip.workSince(far)) / seconds / (1 - averageStaleProportion(tip, count));
  assert.ok(poolHashRate(tip, rules) !== null);
  return rate;
}
