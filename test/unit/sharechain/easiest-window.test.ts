import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bitsToTarget } from "../../../src/core/compact.js";
import { EasiestWindow } from "../../../src/sharechain/easiest-window.js";
import { Forest } from "../../../src/sharechain/forest.js";
import { type ShareNode, TrackedShare } from "../../../src/sharechain/share-node.js";
import { syntheticShare } from "./support/synthetic.js";

const BITS = [0x207fffff, 0x1f00ffff, 0x1e7fffff, 0x1f123456, 0x1a0377ae, 0x17034219];

test("easiest target of a window equals the plain maximum, whatever was asked before", () => {
  const shares = fc.array(fc.record({ back: fc.integer({ min: 1, max: 5 }), bits: fc.nat(BITS.length - 1) }), {
    minLength: 2,
    maxLength: 60,
  });
  const questions = fc.array(fc.record({ at: fc.nat(1000), length: fc.integer({ min: 1, max: 70 }) }), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(shares, questions, (rows, asked) => {
      const forest = new Forest<TrackedShare>();
      const nodes: ShareNode[] = [];
      for (const [i, row] of rows.entries()) {
        const id = i.toString(16).padStart(64, "0");
        const parent = i === 0 ? null : nodes[Math.max(0, i - row.back)]!.id;
        const share = syntheticShare({ id, parent, address: "a", bits: BITS[row.bits]!, donation: 0 });
        nodes.push(forest.add(new TrackedShare(share, 0, null)));
      }
      const window = new EasiestWindow();
      for (const { at, length } of asked) {
        const start = nodes[at % nodes.length]!;
        let plain = 0n;
        for (const { item } of start.chain(Math.min(length, start.height))) {
          const target = bitsToTarget(item.share.info.maxBits);
          if (target > plain) plain = target;
        }
        assert.equal(window.target(start, length), plain);
      }
    }),
  );
});
