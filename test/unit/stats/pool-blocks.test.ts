import assert from "node:assert/strict";
import { test } from "node:test";
import { bitsToTarget, targetToAttempts } from "../../../src/core/compact.js";
import { PoolBlocks } from "../../../src/stats/pool-blocks.js";
import { recordedView } from "../web/support/recorded.js";

const BITS = 0x207fffff;

test("blocks of a recorded chain, with the work that each took; kept and read again", () => {
  const { tracker, figures } = recordedView("btc1");
  const blocks = new PoolBlocks();
  blocks.find = (hash) => tracker.main.get(hash) ?? null;
  const shares = [...figures.recentBlocks].reverse();
  for (const node of shares) assert.ok(blocks.add(node, { bits: BITS, mine: false, poolRate: 1 }));
  assert.equal(blocks.add(shares[0]!, { bits: BITS, mine: false, poolRate: 1 }), null, "known");
  assert.equal(blocks.list.length, shares.length);
  assert.equal(blocks.list[0]!.hash, shares.at(-1)!.id, "newest first");
  assert.equal(blocks.get(shares[0]!.id)!.effort, null, "nothing is known before the first");
  const attempts = targetToAttempts(bitsToTarget(BITS));
  const second = blocks.get(shares[1]!.id)!;
  assert.equal(second.effort, Number(shares[1]!.workSince(shares[0]!)) / Number(attempts));
  const best = figures.best!;
  const round = blocks.round(best, attempts)!;
  assert.equal(round.effort, Number(best.workSince(shares.at(-1)!)) / Number(attempts));
  assert.equal(blocks.setStatus(second.hash, "confirmed")?.status, "confirmed");
  assert.equal(blocks.setStatus(second.hash, "confirmed"), null, "nothing changed");

  const again = new PoolBlocks();
  again.restore([...(JSON.parse(JSON.stringify(blocks.save())) as unknown[]), null, { hash: "x" }]);
  assert.deepEqual(again.list, blocks.list);
});

test("a share whose header claims an easy block is none", () => {
  const { figures } = recordedView("btc1");
  const blocks = new PoolBlocks();
  assert.equal(blocks.add(figures.recentBlocks[0]!, { bits: 0x1d00ffff, mine: false, poolRate: null }), null);
});
