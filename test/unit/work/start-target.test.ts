import assert from "node:assert/strict";
import { test } from "node:test";
import { attemptsToTarget } from "../../../src/core/compact.js";
import { networkByName } from "../../../src/networks/index.js";
import { StartTarget } from "../../../src/work/start-target.js";

const network = networkByName("bitcoin");
const FACTS = { nodeRate: null, blockTarget: 1n << 190n, subsidy: 312_500_000n };

test("where unknown miners start follows from the node's rate, else from the block's target and value", () => {
  const start = new StartTarget(network);
  const plain = start.of(FACTS);
  assert.equal(start.of({ ...FACTS }), plain);
  assert.equal(start.of({ ...FACTS, nodeRate: 1e6 }), attemptsToTarget(1e5));
  assert.equal(start.of({ ...FACTS, nodeRate: 2e6 }), attemptsToTarget(2e5));
  assert.equal(start.of({ ...FACTS, nodeRate: 1 }), attemptsToTarget(1));
  assert.equal(start.of(FACTS), plain);
  // Twice as easy a block, or twice its value: a share of dust is half the work.
  const isTwice = (target: bigint): boolean => Math.abs(Number(target) / Number(plain) - 2) < 1e-6;
  assert.ok(isTwice(start.of({ ...FACTS, blockTarget: 2n * FACTS.blockTarget })));
  assert.equal(start.of(FACTS), plain);
  assert.ok(isTwice(start.of({ ...FACTS, subsidy: 2n * FACTS.subsidy })));
});
