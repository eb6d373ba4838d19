import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Forest, ForestError, type ForestItem } from "../../../src/sharechain/forest.js";

/** The definitions of spec/04 §1.1, computed anew for every question. */
class NaiveForest {
  readonly items = new Map<string, ForestItem>();

  chain(id: string | null): ForestItem[] {
    const chain: ForestItem[] = [];
    for (let item = this.items.get(id ?? ""); item !== undefined; item = this.items.get(item.parentId ?? "")) {
      chain.push(item);
    }
    return chain;
  }

  last(id: string | null): string | null {
    const chain = this.chain(id);
    return chain.length === 0 ? id : chain.at(-1)!.parentId;
  }

  children(id: string | null): string[] {
    return [...this.items.values()].filter(({ parentId }) => parentId === id).map((item) => item.id);
  }

  mayRemove(id: string): boolean {
    const item = this.items.get(id);
    if (item === undefined) return false;
    return this.children(id).length === 0 || !this.items.has(item.parentId ?? "");
  }
}

/** A tree of up to 40 items, some of whose parents never appear. */
const trees = fc.array(fc.tuple(fc.nat(60), fc.nat(9), fc.nat(9)), { minLength: 1, maxLength: 40 }).map((rows) =>
  rows.map(([parent, work, minWork], i): ForestItem => {
    const under = parent % (i + 3);
    const parentId = under === 0 ? null : under <= i ? `n${under - 1}` : `missing${parent % 3}`;
    return { id: `n${i}`, parentId, work: BigInt(work + 1), minWork: BigInt(minWork + 1) };
  }),
);

function check(forest: Forest<ForestItem>, naive: NaiveForest): void {
  assert.equal(forest.size, naive.items.size);
  const heads = [...naive.items.keys()].filter((id) => naive.children(id).length === 0);
  assert.deepEqual([...forest.heads()].map(({ id }) => id).sort(), heads.sort());
  const tails = new Map<string | null, string[]>();
  for (const head of heads) tails.set(naive.last(head), [...(tails.get(naive.last(head)) ?? []), head]);
  assert.deepEqual(
    [...forest.tails()].map(([tail, fragment]) => [tail, [...fragment.heads].map(({ id }) => id).sort()]).sort(),
    [...tails].map(([tail, ids]) => [tail, ids.sort()]).sort(),
  );
  for (const id of naive.items.keys()) {
    const node = forest.get(id)!;
    const chain = naive.chain(id);
    const sum = (pick: "minWork" | "work"): bigint => chain.reduce((total, item) => total + item[pick], 0n);
    assert.deepEqual(
      [node.height, node.last, node.work, node.minWork],
      [chain.length, naive.last(id), sum("work"), sum("minWork")],
    );
    for (const [distance, item] of chain.entries()) assert.equal(node.ancestor(distance)?.id, item.id);
    assert.equal(node.ancestor(chain.length), null);
    assert.throws(() => node.ancestor(chain.length + 1), ForestError);
    assert.deepEqual(
      forest
        .childrenOf(id)
        .map((child) => child.id)
        .sort(),
      naive.children(id).sort(),
    );
    for (const other of naive.items.keys()) {
      assert.equal(
        node.isChildOf(forest.get(other)!),
        chain.some((item) => item.id === other),
      );
    }
  }
  for (const absent of [null, "missing0", "missing1", "missing2"]) {
    assert.deepEqual([...forest.childrenOf(absent)].map((child) => child.id).sort(), naive.children(absent).sort());
  }
}

describe("forest", () => {
  test("equals the definitions under adding in any order and removing", () => {
    fc.assert(
      fc.property(trees, fc.infiniteStream(fc.nat(1_000_000)), (items, stream) => {
        const forest = new Forest<ForestItem>();
        const naive = new NaiveForest();
        const waiting = [...items];
        const chance = (below: number): number => (stream.next().value as number) % below;
        for (let step = 0; step < 3 * items.length; step++) {
          if (waiting.length > 0 && chance(3) > 0) {
            const [item] = waiting.splice(chance(waiting.length), 1);
            forest.add(item!);
            naive.items.set(item!.id, item!);
          } else if (naive.items.size > 0) {
            const ids = [...naive.items.keys()];
            const id = ids[chance(ids.length)]!;
            if (naive.mayRemove(id)) {
              forest.remove(id);
              waiting.push(naive.items.get(id)!);
              naive.items.delete(id);
            } else assert.throws(() => forest.remove(id), ForestError);
          }
          check(forest, naive);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("a hash that is present cannot be added again", () => {
    const forest = new Forest<ForestItem>();
    forest.add({ id: "a", parentId: null, work: 1n, minWork: 1n });
    assert.throws(() => forest.add({ id: "a", parentId: "b", work: 1n, minWork: 1n }), ForestError);
  });

  test("adding from the top down, as a download does, and pruning cost no walks", () => {
    // Each step renumbers at most the smaller fragment; a quadratic way would not end in the time of a test run.
    const forest = new Forest<ForestItem>();
    const count = 200_000;
    for (let i = count; i > 0; i--)
      forest.add({ id: `${i}`, parentId: i === 1 ? null : `${i - 1}`, work: 1n, minWork: 1n });
    const tip = forest.get(`${count}`)!;
    assert.deepEqual([tip.height, tip.last, tip.work], [count, null, BigInt(count)]);
    for (let distance = 0; distance < count; distance += 997)
      assert.equal(tip.ancestor(distance)!.id, `${count - distance}`);
    for (let i = 1; i <= count / 2; i++) forest.remove(`${i}`);
    assert.deepEqual([tip.height, tip.last], [count / 2, `${count / 2}`]);
    assert.equal(tip.ancestor(count / 2 - 1)!.id, `${count / 2 + 1}`);
  });
});
