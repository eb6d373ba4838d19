import assert from "node:assert/strict";
import { test } from "node:test";
import { chainNetwork, recordedShares } from "../../../bench/support/chains.js";
import { SyncProgress, type SyncStatus } from "../../../src/node/sync-progress.js";
import { loadShare, type ShareNode, ShareRules, Tracker } from "../../../src/sharechain/index.js";
import { VirtualClock } from "../workers/support/virtual-clock.js";

test("progress of a first sync, with the time left by the pace of the last half minute", () => {
  const clock = new VirtualClock();
  // A chain of 40 shares is complete with 81, or less if it begins within.
  const rules = new ShareRules({ ...chainNetwork(), chainLength: 40 });
  const shares = recordedShares()
    .slice(0, 300)
    .map((raw) => loadShare(raw, rules));
  const chain = { tracker: new Tracker(rules), best: null as ShareNode | null };
  const reports: SyncStatus[] = [];
  const completed: number[][] = [];
  const progress = new SyncProgress({
    chain,
    clock,
    onProgress: (status) => reports.push(status),
    onComplete: (...counts) => completed.push(counts),
  });
  progress.start();
  clock.advance(3_000);
  assert.deepEqual(
    [progress.status(), reports.length, completed.length],
    [null, 0, 0],
    "nothing is known of the chain",
  );

  let next = 299;
  const fetch = (count: number): void => {
    for (let i = 0; i < count; i++) chain.tracker.add(shares[next--]!, 0);
  };
  fetch(1);
  assert.deepEqual(progress.status(), {
    shares: 1,
    sharesNeeded: 81,
    verified: 0,
    verifiedNeeded: 40,
    secondsLeft: null,
  });
  clock.advance(1_000);
  fetch(10);
  clock.advance(1_000);
  fetch(10);
  clock.advance(1_000);
  assert.equal(reports.length, 1, "one report in five seconds");
  assert.equal(progress.status()!.secondsLeft, 6, "60 shares at 10 a second");

  fetch(60);
  // Verified from the tip down, as far as CHAIN_LENGTH shares lie below.
  chain.best = chain.tracker.main.get(shares[299]!.id)!;
  for (const node of chain.best.chain(10)) chain.tracker.markVerified(node);
  clock.advance(3_000);
  assert.deepEqual(
    { ...progress.status(), secondsLeft: 0 },
    { shares: 81, sharesNeeded: 81, verified: 10, verifiedNeeded: 40, secondsLeft: 0 },
  );
  assert.equal(reports.length, 2);
  for (const node of chain.best.chain(40)) if (!chain.tracker.isVerified(node)) chain.tracker.markVerified(node);
  assert.equal(progress.status(), null);
  clock.advance(1_000);
  assert.deepEqual(completed, [[81, 40]]);
  clock.advance(60_000);
  assert.deepEqual([reports.length, completed.length], [2, 1]);
  progress.stop();
});
