import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { targetToAttempts } from "../../../src/core/compact.js";
import { networkByName } from "../../../src/networks/index.js";
import { splitFlat } from "../../../src/sharechain/flat-payouts.js";
import { Forest } from "../../../src/sharechain/forest.js";
import { amountOf } from "../../../src/sharechain/payees.js";
import { PayoutWindow } from "../../../src/sharechain/payout-window.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { type ShareForest, type ShareNode, TrackedShare } from "../../../src/sharechain/share-node.js";
import { type PlainShare, plainOutputs, plainWeights } from "../../support/plain-pplns.js";
import { syntheticShare } from "./support/synthetic.js";

/** From two hashes a share to the 2^79 of today's blocks, whose weights no double holds exactly. */
const BITS = [0x207fffff, 0x1f00ffff, 0x1e7fffff, 0x1f123456, 0x1a0377ae, 0x17034219];

/** Random chains with forks: each share's parent is one of the few before it. */
const chains = fc.array(
  fc.record({
    back: fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 12 }) }),
    address: fc.nat(6),
    bits: fc.nat(BITS.length - 1),
    donation: fc.oneof(fc.constant(0), fc.constant(65535), fc.nat(65535)),
  }),
  { minLength: 3, maxLength: 80 },
);

interface Built {
  readonly forest: ShareForest;
  readonly plain: Map<string, PlainShare>;
  readonly nodes: ShareNode[];
}

function build(rows: { back: number; address: number; bits: number; donation: number }[]): Built {
  const forest: ShareForest = new Forest<TrackedShare>();
  const plain = new Map<string, PlainShare>();
  const nodes: ShareNode[] = [];
  for (const [i, row] of rows.entries()) {
    const id = i.toString(16).padStart(64, "0");
    const parent = i === 0 ? null : nodes[Math.max(0, i - row.back)]!.id;
    const share = syntheticShare({
      id,
      parent,
      address: `address${row.address}`,
      bits: BITS[row.bits]!,
      donation: row.donation,
    });
    nodes.push(forest.add(new TrackedShare(share, 0, null)));
    plain.set(id, { id, parent, address: share.address, work: share.work, donation: row.donation });
  }
  return { forest, plain, nodes };
}

describe("payout window", () => {
  test("equals the plain sum, whatever was asked before", () => {
    const questions = fc.array(
      fc.record({
        at: fc.nat(1000),
        shares: fc.nat(90),
        units: fc.oneof(fc.nat(50), fc.nat(100_000), fc.constant(2 ** 40), fc.constant(2 ** 81 + 2 ** 60)),
      }),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(chains, questions, (rows, asked) => {
        const { plain, nodes } = build(rows);
        const window = new PayoutWindow();
        for (const { at, shares, units } of asked) {
          const start = nodes[at % nodes.length]!;
          // Weight limits are whole units: a block's work times the scale of donations.
          const maxWeight = 65535n * BigInt(units);
          const answer = window.weights(start, shares, maxWeight);
          const expected = plainWeights(plain, start.id, shares, maxWeight);
          assert.deepEqual(new Map([...answer.byAddress].sort()), new Map([...expected.byAddress].sort()));
          assert.deepEqual([answer.total, answer.donation], [expected.total, expected.donation]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("the amounts and their order equal the plain ones, for every subsidy", () => {
    const rules = new ShareRules({ ...networkByName("bitcoin_regtest"), realChainLength: 50, spread: 3 });
    const questions = fc.array(
      fc.record({
        at: fc.nat(1000),
        // Nothing limits the subsidy that a share claims.
        subsidy: fc.oneof(
          fc.bigInt({ min: 0n, max: 300n }),
          fc.bigInt({ min: 0n, max: 2_100_000_000_000_000n }),
          fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        ),
        finder: fc.nat(8),
        // As a node asks that drafts shares of all its miners: the same window again, with the same subsidy or another.
        keeps: fc.constantFrom("nothing", "window", "division"),
        target: fc.oneof(
          fc.bigInt({ min: 1n << 200n, max: 1n << 255n }),
          fc.bigInt({ min: 1n << 170n, max: 1n << 180n }),
          fc.constantFrom(0n, 1n << 256n),
        ),
      }),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(chains, questions, (rows, asked) => {
        const { plain, nodes } = build(rows);
        const window = new PayoutWindow();
        const version = rules.version(35)!;
        let last = asked[0]!;
        for (const question of asked) {
          const { finder, keeps } = question;
          const { at, target } = keeps === "nothing" ? question : last;
          const { subsidy } = keeps === "division" ? last : question;
          last = { ...question, at, target, subsidy };
          const parent = nodes[at % nodes.length]!;
          const address = finder === 7 ? rules.donationAddress : `address${finder}`;
          const wish = { version, blockTarget: target, subsidy, finder: address };
          const split = splitFlat(parent, wish, rules, window);
          const answer = split.payees().map((payee): [string, bigint] => [payee.address, amountOf(payee)]);
          answer.push([rules.donationAddress, split.donation]);
          const share: PlainShare = { id: "new", parent: parent.id, address, work: 1n, donation: 0 };
          const expected = plainOutputs(plain, share, subsidy, targetToAttempts(target), {
            realChainLength: 50,
            spread: 3n,
            donationAddress: rules.donationAddress,
          });
          assert.deepEqual(answer, expected);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("asked for the same again, it has what the chain has got or lost below", () => {
    const forest: ShareForest = new Forest<TrackedShare>();
    const id = (i: number): string => i.toString(16).padStart(64, "0");
    const add = (i: number): ShareNode => {
      const facts = { address: `address${i}`, bits: BITS[0]!, donation: 0 };
      return forest.add(
        new TrackedShare(syntheticShare({ id: id(i), parent: i === 1 ? null : id(i - 1), ...facts }), 0, null),
      );
    };
    const window = new PayoutWindow();
    // Two hashes a share: the third counts in part.
    const ask = (node: ShareNode, shares = 9, hashes = 1000n): string[] =>
      [...window.weights(node, shares, 65535n * hashes).byAddress.keys()].sort();
    const asked: string[][] = [];
    const tip = add(4);
    asked.push(ask(tip), ask(tip));
    add(3);
    asked.push(ask(tip), ask(tip, 1), ask(tip, 9, 3n), ask(tip));
    add(2);
    asked.push(ask(tip, 3), ask(tip, 9, 5n));
    add(1);
    asked.push(ask(tip), ask(tip));
    forest.remove(id(1));
    asked.push(ask(tip), ask(tip, 9, 5n));
    forest.remove(id(2));
    asked.push(ask(tip, 9, 5n), ask(tip, 3));
    const names = asked.map((one) => one.map((address) => address.slice(7)).join(""));
    assert.deepEqual(names, ["4", "4", "34", "4", "34", "34", "234", "234", "1234", "1234", "234", "234", "34", "34"]);
  });
});
