import assert from "node:assert/strict";
import { Forest, ForestError, type ForestItem } from "../../../src/sharechain/forest.js";
import type { FileHandler } from "../runner.js";

// forest.json: sequences of adding and removing, with what the reference's tree looked like after each step (spec/04 §1).

interface Step {
  readonly op: "add" | "remove";
  readonly hash: string;
  readonly previous?: string | null;
  readonly result: string;
  readonly heads: Readonly<Record<string, string | null>>;
  readonly tails: Readonly<Record<string, readonly number[]>>;
  readonly heights: Readonly<Record<string, readonly [number, string | null]>>;
}

export const forest: FileHandler = {
  *sequences(value) {
    for (const [s, steps] of (value as Step[][]).entries()) {
      const tree = new Forest<ForestItem>();
      for (const [i, step] of steps.entries()) yield { name: `[${s}][${i}]`, run: () => checkStep(tree, step) };
    }
  },
};

function checkStep(tree: Forest<ForestItem>, step: Step): void {
  if (step.op === "add") tree.add({ id: step.hash, parentId: step.previous ?? null, work: 1n, minWork: 1n });
  else if (step.result === "ok") tree.remove(step.hash);
  else assert.throws(() => tree.remove(step.hash), ForestError);

  assert.deepEqual(Object.fromEntries([...tree.heads()].map((node) => [node.id, node.last])), step.heads);
  const tails = [...tree.tails()].map(([tail, { heads }]) => [
    tail ?? "None",
    [...heads].map(({ id }) => Number(id)).sort((a, b) => a - b),
  ]);
  assert.deepEqual(Object.fromEntries(tails), step.tails);
  assert.deepEqual(
    Object.fromEntries([...tree.all()].map((node) => [node.id, [node.height, node.last]])),
    step.heights,
  );
  // Every item has work 1, so its sum down to the tail is its height.
  for (const node of tree.all()) assert.equal(node.work, BigInt(node.height));
}
