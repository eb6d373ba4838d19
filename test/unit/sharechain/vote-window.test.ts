import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Forest } from "../../../src/sharechain/forest.js";
import { type ShareForest, type ShareNode, TrackedShare } from "../../../src/sharechain/share-node.js";
import { countVotes } from "../../../src/sharechain/versions.js";
import { VoteWindow } from "../../../src/sharechain/vote-window.js";
import { syntheticShare } from "./support/synthetic.js";

test("a moving count of votes equals the plain one, on forks, and after cutting the tail and downloading it again", () => {
  const shares = fc.array(
    fc.record({ back: fc.integer({ min: 1, max: 8 }), vote: fc.nat(3), bits: fc.constantFrom(0x207fffff, 0x1f123456) }),
    { minLength: 2, maxLength: 60 },
  );
  const steps = fc.array(
    fc.record({ at: fc.nat(1000), count: fc.integer({ min: 1, max: 40 }), cut: fc.nat(4), restore: fc.boolean() }),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(shares, steps, (rows, asked) => {
      const forest: ShareForest = new Forest<TrackedShare>();
      const id = (i: number): string => i.toString(16).padStart(64, "0");
      const nodes: ShareNode[] = [];
      for (const [i, { back, vote, bits }] of rows.entries()) {
        const parent = i === 0 ? null : id(Math.max(0, i - back));
        const share = syntheticShare({ id: id(i), parent, bits, desiredVersion: 34 + vote });
        nodes.push(forest.add(new TrackedShare(share, 0, null)));
      }
      const window = new VoteWindow();
      const removed: TrackedShare[] = [];
      for (const { at, count, cut, restore } of asked) {
        const from = forest.get(id(at % nodes.length));
        if (from !== undefined) {
          const within = Math.min(count, from.height);
          assert.deepEqual(window.votes(from, within), countVotes(from, within));
        }
        // Only shares on the tail go, the way cleaning cuts; some come back, as other nodes with the same hash.
        for (let i = 0; i < cut; i++) {
          const root = [...forest.all()].find((node) => node.parent === null);
          if (root === undefined) break;
          removed.push(root.item);
          forest.remove(root.id);
        }
        if (restore) while (removed.length > 0) forest.add(removed.pop()!);
      }
    }),
    { numRuns: 150 },
  );
});
