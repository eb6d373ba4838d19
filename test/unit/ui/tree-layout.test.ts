import assert from "node:assert/strict";
import { test } from "node:test";
import { placeShares } from "../../../ui/src/parts/tree-layout.js";
import type { ShareItem } from "../../../ui/src/types.js";

function item(hash: string, parent: string | null, height: number, createdAt: number): ShareItem {
  return {
    hash,
    parent,
    height,
    createdAt,
    seenAt: null,
    difficulty: 1,
    address: "a",
    stale: null,
    version: 35,
    desiredVersion: "35",
    mine: false,
    verified: true,
    block: false,
    state: "good",
  };
}

test("the best chain is in the first lane, forks are beside it, and nothing is on top of anything", () => {
  const shares = [
    item("a", "before", 10, 1),
    item("b", "a", 11, 2),
    item("b2", "a", 11, 3),
    item("c2", "b2", 12, 4),
    item("b3", "a", 11, 4),
    item("c", "b", 12, 5),
    // The chain's end was cut meanwhile, so that heights stand still.
    item("d", "c", 12, 6),
  ];
  const places = new Map(placeShares(shares, "d").map(({ share, rank, lane }) => [share.hash, { rank, lane }]));
  assert.deepEqual(
    ["a", "b", "c", "d"].map((hash) => places.get(hash)),
    [10, 11, 12, 13].map((rank) => ({ rank, lane: 0 })),
  );
  assert.equal(places.get("c2")!.rank, 12);
  assert.equal(places.get("c2")!.lane, places.get("b2")!.lane);
  const spots = [...places.values()].map(({ rank, lane }) => `${rank} ${lane}`);
  assert.equal(new Set(spots).size, shares.length);
});

test("a tip that is not among them leaves all in lanes of forks", () => {
  assert.deepEqual(placeShares([], null), []);
  assert.equal(placeShares([item("a", null, 1, 1)], "elsewhere")[0]!.lane, 1);
});
