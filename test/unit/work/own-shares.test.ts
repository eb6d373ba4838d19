import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { ShareId } from "../../../src/sharechain/contents.js";
import { Forest } from "../../../src/sharechain/forest.js";
import type { Share } from "../../../src/sharechain/share.js";
import { type ShareForest, type ShareNode, TrackedShare } from "../../../src/sharechain/share-node.js";
import { OwnShares } from "../../../src/work/own-shares.js";

const ORPHAN = 253;
const DEAD = 254;

describe("stale accounting (spec/10 §12.3)", () => {
  let forest: ShareForest;
  let own: OwnShares;

  beforeEach(() => {
    forest = new Forest<TrackedShare>();
    own = new OwnShares();
  });

  function add(id: string, parentId: string | null, staleInfo = 0): ShareNode {
    const share = { id, parentId, work: 1n, minWork: 1n, info: { data: { staleInfo } } } as unknown as Share;
    return forest.add(new TrackedShare(share, 0, null));
  }
  const mine = (id: string, isLate = false): void => own.add(id as ShareId, isLate);

  test("those of earlier runs are ours, and are counted no more", () => {
    own.remember("old" as ShareId);
    mine("new", true);
    own.moveTo(add("old", null));
    assert.deepEqual([own.isLate("old"), own.isLate("new"), own.isLate("other")], [false, true, null]);
    assert.deepEqual(own.newest(5), ["new", "old"]);
    assert.deepEqual(own.counts(), { total: 1, dead: 1, orphaned: 0 });
  });

  test("good, orphaned and dead shares, announced one by one, orphans first", () => {
    mine("a");
    mine("b");
    mine("late", true);
    own.moveTo(add("a", null));
    add("b", "a");
    add("late", "a");
    own.moveTo(add("other", "a"));
    assert.deepEqual(own.counts(), { total: 3, dead: 1, orphaned: 1 });
    assert.equal(own.announcement(), ORPHAN);
    mine("c");
    own.moveTo(add("c", "other", ORPHAN));
    assert.equal(own.announcement(), DEAD);
    mine("d");
    own.moveTo(add("d", "c", DEAD));
    assert.deepEqual(own.counts(), { total: 5, dead: 1, orphaned: 1 });
    assert.equal(own.announcement(), 0);
  });

  test("an orphan that its branch's win brings back is good, and so is a late share in the chain", () => {
    mine("b");
    mine("late", true);
    add("a", null);
    add("b", "a");
    own.moveTo(add("x", "a"));
    assert.deepEqual(own.counts(), { total: 2, dead: 1, orphaned: 1 });
    own.moveTo(add("late", "b"));
    assert.deepEqual(own.counts(), { total: 2, dead: 0, orphaned: 0 });
  });

  test("what pruning cuts off the end still counts", () => {
    mine("a");
    mine("b");
    own.moveTo(add("a", null));
    own.moveTo(add("b", "a"));
    own.moveTo(add("c", "b"));
    forest.remove("a");
    forest.remove("b");
    own.moveTo(add("d", "c"));
    assert.deepEqual(own.counts(), { total: 2, dead: 0, orphaned: 0 });
  });
});
