import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { seededRandom } from "../../../src/core/random.js";
import { networkByName } from "../../../src/networks/index.js";
import { chooseBest } from "../../../src/sharechain/choose-best.js";
import { Forest } from "../../../src/sharechain/forest.js";
import { PayoutWindow } from "../../../src/sharechain/payout-window.js";
import { prune } from "../../../src/sharechain/prune.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { loadShare, type Share } from "../../../src/sharechain/share.js";
import { type ShareForest, type ShareNode, TrackedShare } from "../../../src/sharechain/share-node.js";
import { Tracker } from "../../../src/sharechain/tracker.js";
import type { DaemonView } from "../../../src/sharechain/verify.js";
import { easyNetwork, mint } from "../peers/support/chain.js";
import { syntheticShare } from "./support/synthetic.js";

// Costs as counts of operations, never as times.

const id = (i: number): string => i.toString(16).padStart(64, "0");

/** A chain whose shares count how often somebody looks at their work. */
function countingChain(length: number): { nodes: ShareNode[]; looks: () => number } {
  let looks = 0;
  const forest: ShareForest = new Forest<TrackedShare>();
  const nodes: ShareNode[] = [];
  for (let i = 0; i < length; i++) {
    const share = syntheticShare({ id: id(i + 1), parent: i === 0 ? null : id(i), address: `address${i % 37}` });
    const { work } = share;
    Object.defineProperty(share, "work", {
      get: () => {
        looks++;
        return work;
      },
    });
    nodes.push(forest.add(new TrackedShare(share, 0, null)));
  }
  return { nodes, looks: () => looks };
}

describe("cost", () => {
  const steps = 1000;

  /** Looks at shares for each step of a window along a chain. */
  function looksPerStep(windowLength: number, direction: "down" | "up"): number {
    const { nodes, looks } = countingChain(windowLength + steps + 1);
    const window = new PayoutWindow();
    const order = nodes.slice(windowLength);
    if (direction === "down") order.reverse();
    window.weights(order[0]!, windowLength, 2n ** 300n);
    const before = looks();
    for (const node of order.slice(1)) window.weights(node, windowLength, 2n ** 300n);
    return (looks() - before) / steps;
  }

  for (const direction of ["up", "down"] as const) {
    test(`a share costs the same whatever the window, going ${direction} the chain`, () => {
      const costs = [100, 1000, 8640].map((length) => looksPerStep(length, direction));
      for (const cost of costs) assert.ok(cost <= 4, `${costs.join(", ")} looks a share`);
    });
  }

  test("a fork costs its depth", () => {
    const { nodes, looks } = countingChain(3000);
    const window = new PayoutWindow();
    window.weights(nodes[2999]!, 2000, 2n ** 300n);
    const before = looks();
    for (let i = 0; i < 50; i++) window.weights(nodes[2999 - (i % 2) * 10]!, 2000, 2n ** 300n);
    assert.ok(looks() - before <= 50 * 45, `${looks() - before} looks for 50 jumps of 10 shares`);
  });
});

for (const version of [35, 36] as const) {
  test(`verifying a share of version ${version} looks at as many others whatever the chain length`, () => {
    const costs = [60, 120, 480].map((chainLength) => looksToVerify(version, chainLength));
    assert.ok(Math.max(...costs) <= Math.min(...costs) + 5, `${costs.join(", ")} looks a share`);
  });
}

/** How often the verification of a share on a full window looks at what any share says. */
function looksToVerify(version: 35 | 36, chainLength: number): number {
  const network = easyNetwork({
    chainLength,
    realChainLength: chainLength,
    targetLookbehind: 20,
    newestShareVersion: version,
  });
  const tracker = new Tracker(new ShareRules(network));
  let looks = 0;
  let tip: ShareNode | null = null;
  const counted = chainLength + 50;
  for (let i = 0; i < counted + 50; i++) {
    if (i === counted) looks = 0;
    const share = loadShare(mint(tracker, tip, { version, timestamp: 1_600_000_000 + 10 * i }), tracker.rules);
    const { info } = share;
    Object.defineProperty(share, "info", {
      get: () => {
        looks++;
        return info;
      },
    });
    tip = tracker.add(share, 0)!;
    const verdict = tracker.verify(tip, 2_000_000_000, nothingKnown);
    assert.ok(verdict.ok, verdict.ok ? "" : verdict.reason);
  }
  return looks / 50;
}

const nothingKnown: DaemonView = {
  blockHeight: () => 0,
  relativeHeight: () => 0,
  fee: () => undefined,
  transactionSize: () => undefined,
};

describe("pruning", () => {
  test("50,000 shares on a living chain with forks leave no more behind than a few times its length", async () => {
    const chainLength = 200;
    const network = { ...networkByName("bitcoin_regtest"), chainLength, realChainLength: chainLength };
    const tracker = new Tracker(new ShareRules(network));
    const random = seededRandom(11);
    const first: WeakRef<Share>[] = [];
    let tip: string | null = null;
    let now = 1_700_000_000;
    let most = 0;
    for (let i = 1; i <= 50_000; i++) {
      now += 3;
      // One in twenty is a sibling of the tip and never built on.
      const isSide: boolean = tip !== null && random.uniform() < 0.05;
      const parent: string | null = isSide ? (tracker.main.get(tip)?.parent?.id ?? tip) : tip;
      const share = syntheticShare({ id: id(i), parent, timestamp: now });
      if (i <= 100) first.push(new WeakRef(share));
      tracker.markVerified(tracker.add(share, now)!);
      if (!isSide) tip = share.id;
      if (i % 10 === 0) {
        const evaluate = (): ReturnType<typeof chooseBest> => chooseBest(tracker, nothingKnown, now, random);
        prune(tracker, evaluate(), now);
        const after = evaluate();
        assert.ok(after.outcome === "decided" && after.best !== null);
        most = Math.max(most, tracker.main.size);
        assert.equal(tracker.verified.size, tracker.main.size);
      }
    }
    // A tail is cut only while every head is high enough, and the five best heads stay whatever their age (spec/04 §10): how
    // far the chain outgrows twice its length depends on how rare forks are, not on how long it has lived.
    assert.ok(most <= 4 * chainLength, `${most} shares at most`);
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    await new Promise(setImmediate);
    collect();
    const kept = first.filter((share) => share.deref() !== undefined).length;
    assert.equal(kept, 0, `${kept} of the first 100 shares are still in memory`);
  });
});
