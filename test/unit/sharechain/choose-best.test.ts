import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Decision } from "../../../src/sharechain/choose-best.js";
import { scoreHead } from "../../../src/sharechain/choose-best.js";
import { prune } from "../../../src/sharechain/prune.js";
import { range, Toy, toyId, toyNumber } from "./support/toy.js";

// The worked evaluations of spec/04 §13.7, on a chain length of 16.

type Decided = Decision & { readonly outcome: "decided" };

/** Ranked heads as the specification writes them: number, counted work, minus punishment, minus time seen. */
function ranked({ heads }: Decided): [number, number, number, number][] {
  return heads.map(({ node, work, punish }) => [Number(node.id), Number(work), 0 - punish, 0 - node.item.seenAt]);
}

function best({ best: node }: Decided): number | null {
  return toyNumber(node?.id ?? null);
}

function wanted({ wanted: shares }: Decided): (number | null)[] {
  return shares.map(({ id }) => toyNumber(id));
}

describe("bootstrap without the start of the chain", () => {
  const rows: readonly [number, number[], number | null][] = [
    [16, [], null],
    [17, [117], 117],
    [20, [118, 119, 120], 120],
    [23, range(118, 123), 123],
    [40, range(125, 140), 140],
  ];
  for (const [count, verified, expected] of rows) {
    test(`${count} shares`, () => {
      const toy = new Toy().add(range(101, 100 + count), 100, { peer: "someone" });
      const decision = toy.evaluate();
      assert.deepEqual(toy.verified(), verified);
      assert.equal(best(decision), expected);
      assert.deepEqual(
        decision.wanted.map(({ peer, id }) => [peer, id]),
        [["someone", toyId(100)]],
      );
      assert.deepEqual(wanted(toy.evaluate()), count === 40 ? [] : [100]);
    });
  }

  test("what nobody has added to for long is not asked for", () => {
    const toy = new Toy().add(range(101, 105), 100, { timestamp: 1000 });
    assert.deepEqual(wanted(toy.evaluate(1000 + 86_400)), [100]);
    assert.deepEqual(wanted(toy.evaluate(1000 + 86_401)), []);
  });
});

describe("heads on a chain of 20", () => {
  const chain = (): Toy => new Toy().add(range(1, 20), null);

  test("the chain alone, then more and more heads", () => {
    const toy = chain();
    const alone = toy.evaluate();
    assert.deepEqual(toy.verified(), range(5, 20));
    assert.equal(toy.tracker.verified.get(toyId(20))!.work, 1600n);
    assert.equal(alone.heads[0]!.work, 1100n);

    toy.add([121], 20, { seen: 50 }).add([221], 20, { seen: 40 });
    let decision = toy.evaluate();
    assert.deepEqual(ranked(decision), [
      [121, 1200, 0, -50],
      [221, 1200, 0, -40],
    ]);
    assert.equal(best(decision), 221);

    toy.add([321], 20, { seen: 60, attempts: 200n });
    decision = toy.evaluate();
    assert.deepEqual(
      ranked(decision).map(([number]) => number),
      [321, 121, 221],
    );
    assert.deepEqual(ranked(decision)[0], [321, 1200, 0, -60]);
    assert.equal(best(decision), 221);

    toy.add([122], 121, { seen: 70 });
    decision = toy.evaluate();
    assert.deepEqual(ranked(decision).slice(-2), [
      [221, 1200, 0, -40],
      [122, 1300, 0, -70],
    ]);
    assert.equal(best(decision), 122);
  });

  test("a naughty head loses its own work", () => {
    const toy = chain().add([121], 20, { seen: 50, naughty: 1 }).add([221], 20, { seen: 60 });
    const decision = toy.evaluate();
    assert.deepEqual(ranked(decision), [
      [121, 1000, -1, -50],
      [221, 1100, 0, -60],
    ]);
    assert.deepEqual([best(decision), decision.punishFlag], [221, -1]);
  });

  test("a naughty head alone is left for its parent", () => {
    const decision = chain().add([121], 20, { seen: 50, naughty: 1 }).evaluate();
    assert.deepEqual(ranked(decision), [[121, 1000, -1, -50]]);
    assert.equal(best(decision), 20);
  });

  test("a naughty branch is left for the best beside it", () => {
    const decision = chain()
      .add([121], 20, { seen: 50, naughty: 1 })
      .add([122], 121, { seen: 51, naughty: 2 })
      .add([123], 122, { seen: 52, naughty: 3 })
      .add([221], 20, { seen: 60 })
      .evaluate();
    assert.deepEqual(ranked(decision), [
      [221, 1100, 0, -60],
      [123, 1200, -3, -52],
    ]);
    assert.equal(best(decision), 221);
  });

  for (const [length, key, expected] of [
    [1, [121, 1100, 0, -50], 221],
    [2, [122, 1200, 0, -51], 221],
    [3, [123, 1300, 0, -52], 123],
  ] as const) {
    test(`a block solution against a branch of ${length}`, () => {
      const toy = chain();
      for (let i = 0; i < length; i++) toy.add([121 + i], i === 0 ? 20 : 120 + i, { seen: 50 + i });
      const decision = toy.add([221], 20, { seen: 60, isBlock: true }).evaluate();
      const solution = [221, 1200, 1, -60];
      assert.deepEqual(ranked(decision), expected === 221 ? [key, solution] : [solution, key]);
      assert.equal(best(decision), expected);
    });
  }

  for (const count of [1, 5, 21, 25]) {
    test(`after the jump, at most 21 of ${count} light shares are followed`, () => {
      const toy = chain();
      for (let i = 1; i <= 6; i++)
        toy.add([120 + i], i === 1 ? 20 : 119 + i, { attempts: 10_000n / BigInt(i), naughty: i });
      const decision = toy.add(range(301, 300 + count), 20, { attempts: 1n }).evaluate();
      assert.equal(decision.heads.at(-1)!.node.id, toyId(126));
      assert.equal(best(decision), 300 + Math.min(count, 21));
    });
  }

  test("a head whose block is too large is left and come back to", () => {
    const decision = chain().add([121], 20, { version: 33, transaction: 7 }).evaluate();
    assert.deepEqual(ranked(decision), [[121, 1000, -1, 0]]);
    assert.equal(best(decision), 121);
  });

  test("a naughty child of a block solution: back to the solution, and no further", () => {
    const decision = chain()
      .add([121], 20, { isBlock: true, naughty: 1 })
      .add([122], 121, { naughty: 2 })
      .add([222], 121, { seen: 900, attempts: 1n })
      .evaluate();
    assert.equal(decision.heads.at(-1)!.node.id, toyId(222));
    const only = chain().add([121], 20, { isBlock: true, naughty: 1 }).add([122], 121, { naughty: 2 }).evaluate();
    assert.equal(best(only), 121);
  });

  test("a first share that is punished ends the evaluation without a decision", () => {
    const toy = new Toy().add([1], null, { naughty: 1 });
    assert.equal(toy.evaluateAny().outcome, "aborted");
  });
});

test("of equal heads, one that eases the chain by a silence yet to come loses, though it was seen first", () => {
  const toy = (timestamp: number, version: 35 | 36): Toy =>
    new Toy()
      .add(range(1, 20), null, { version, seen: 900 })
      .add([31], 20, { version, seen: 1000, timestamp })
      .add([32], 20, { version, seen: 1050, timestamp: 1010 });
  assert.equal(best(toy(1010, 36).evaluate()), 31);
  assert.equal(best(toy(1500, 36).evaluate()), 32);
  assert.equal(best(toy(1500, 35).evaluate()), 31);
  // What others build on is built on here too.
  assert.equal(best(toy(1500, 36).add(range(33, 39), 31, { version: 36, seen: 1100 }).evaluate()), 39);
});

test("two tails: work by the coin's blocks as a clock", () => {
  const toy = new Toy().add(range(1, 20), null).add(range(501, 539), 500, { attempts: 120n });
  toy.blocksBehind = 5;
  const decision = toy.evaluate();
  assert.deepEqual(
    decision.tailScores.map(({ tail, head, height }) => [toyNumber(tail), Number(head.id), height]),
    [
      [4, 20, 16],
      [523, 539, 16],
    ],
  );
  assert.deepEqual(
    decision.tailScores.map(({ rate }) => Number(rate!.work) / (Number(rate!.blockIntervals) * 150)),
    [1500 / 900, 2],
  );
  assert.equal(best(decision), 539);
  assert.deepEqual(wanted(decision), [500]);
  const head = decision.tailScores[0]!.head;
  assert.deepEqual(scoreHead(head, toy.tracker, { ...SILENT, relativeHeight: () => -5 }).rate, {
    work: 1500n,
    blockIntervals: 6n,
  });
});

/**
 * The newest five shares of a head do not count (spec/04 §8.4), so that all heads of a chain below height six weigh nothing:
 * then the one seen first is best, and a branch loses by being built on. What a new network has to know: `docs/SIMULATIONS.md`.
 */
describe("two first shares of a chain", () => {
  /** Two branches from nothing that grow by turns, and who is best each time; the first one by a share ahead. */
  const compete = (height: number): Toy => {
    const toy = new Toy();
    for (let h = 1; h <= height; h++) {
      toy.add([100 + h], h === 1 ? null : 99 + h, { seen: 10 * h });
      if (h < height) toy.add([200 + h], h === 1 ? null : 199 + h, { seen: 10 * h + 5 });
    }
    return toy;
  };

  for (const height of [2, 3, 4, 5]) {
    test(`at height ${height} the branch that was built on gives way to the other`, () => {
      const decision = compete(height).evaluate();
      assert.deepEqual(
        decision.heads.map(({ work }) => work),
        [0n, 0n],
      );
      assert.equal(best(decision), 200 + height - 1);
    });
  }

  test("from height 6 on the branch that was built on is best", () => {
    assert.equal(best(compete(6).evaluate()), 106);
  });

  test("on the fourth share of a chain branches come together when one is built on", () => {
    const toy = new Toy().add(range(1, 4), null).add([105], 4, { seen: 50 }).add([205], 4, { seen: 55 });
    assert.equal(best(toy.evaluate()), 105);
    toy.add([206], 205, { seen: 60 });
    assert.equal(best(toy.evaluate()), 206);
  });
});

const SILENT = {
  blockHeight: () => 0,
  relativeHeight: () => 0,
  fee: () => undefined,
  transactionSize: () => undefined,
};

describe("cleaning", () => {
  for (const [count, left] of [
    [41, range(1, 41)],
    [42, range(2, 42)],
    [60, range(20, 60)],
  ] as const) {
    test(`a chain of ${count} becomes one of ${left.length}`, () => {
      const toy = new Toy().add(range(1, count), null);
      prune(toy.tracker, toy.evaluate(10_000), 10_000);
      assert.deepEqual(toy.known(), left);
    });
  }

  test("of old heads the five best stay, shorter branches go whole", () => {
    const toy = new Toy().add(range(1, 30), null);
    for (let length = 1; length <= 7; length++) toy.add(range(100 * length + 1, 100 * length + length), 20);
    prune(toy.tracker, toy.evaluate(10_000), 10_000);
    const branches = [4, 5, 6, 7].flatMap((length) => range(100 * length + 1, 100 * length + length));
    assert.deepEqual(toy.known(), [...range(1, 30), ...branches]);
  });
});
