import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../src/core/random.js";
import { ShareChain } from "../../../src/node/share-chain.js";
import { createLogger } from "../../../src/platform/log.js";
import { easyNetwork, TestChain } from "../peers/support/chain.js";
import { VirtualTime } from "../peers/support/virtual-time.js";

test("a share of our own that does not verify now, as after our clock was set back, is not in the chain", () => {
  const clock = new VirtualTime();
  const minted = new TestChain({ network: easyNetwork(), clock });
  const { tracker } = minted;
  const chain = new ShareChain({
    tracker,
    heights: { height: () => 0, relativeHeight: () => 0 },
    clock,
    random: seededRandom(1),
    log: createLogger("silent"),
    store: null,
    onBest: () => {},
    onWanted: () => {},
    onRefused: () => {},
  });
  const now = Math.floor(clock.now());
  assert.equal(chain.addOwn(minted.mintOn(null, { timestamp: now + 86_400 }), true), null);
  assert.equal(tracker.main.size, 0);
  const node = chain.addOwn(minted.mintOn(null, { timestamp: now }), true);
  assert.ok(node !== null && node === tracker.main.get(node.id));
  assert.equal(chain.best, node);
});
