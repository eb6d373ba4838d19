import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { bigIntToBytesBE, bytesToHex, hexToBytes } from "../../../src/core/bytes.js";
import { hash160 } from "../../../src/core/hash/index.js";
import { seededRandom } from "../../../src/core/random.js";
import { networkByName } from "../../../src/networks/index.js";
import { expectedDecayedPayouts, splitDecayed } from "../../../src/sharechain/decayed-payouts.js";
import { DecayedWindow } from "../../../src/sharechain/decayed-window.js";
import { Forest } from "../../../src/sharechain/forest.js";
import { amountOf } from "../../../src/sharechain/payees.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { type ShareForest, type ShareNode, TrackedShare } from "../../../src/sharechain/share-node.js";
import { TOTAL } from "../../../src/sharechain/weight-bounds.js";
import { type PlainDecayedShare, plainDecayedOutputs, plainDecayedWeights } from "../../support/plain-decayed.js";
import { syntheticShare } from "./support/synthetic.js";

/** From two hashes a share past the 2^44 of Litecoin's shares and Bitcoin's 2^60 to ones wider than 64 bits. */
const BITS = [0x207fffff, 0x1f00ffff, 0x1e0fffff, 0x1e123456, 0x1b0fffff, 0x1a0377ae, 0x19001234, 0x17034219];
const CHAIN = { chainLength: 24, realChainLength: 20 };

interface Row {
  readonly back: number;
  readonly owner: number;
  readonly bits: number;
  readonly donation: number;
}

/** Random chains with forks: each share's parent is one of the few before it. */
const chains = fc.array(
  fc.record({
    back: fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 30 }) }),
    owner: fc.nat(6),
    bits: fc.nat(BITS.length - 1),
    donation: fc.oneof(fc.constant(0), fc.constant(65535), fc.nat(65535)),
  }),
  { minLength: 3, maxLength: 80 },
);

/** Chains of equal shares without donations, where divisions come out even. */
const evenChains = fc
  .array(fc.record({ back: fc.integer({ min: 1, max: 2 }), owner: fc.nat(3) }), { minLength: 3, maxLength: 30 })
  .map((rows) => rows.map((row): Row => ({ ...row, bits: 0, donation: 0 })));

interface Built {
  readonly plain: Map<string, PlainDecayedShare>;
  readonly nodes: ShareNode[];
}

const id = (i: number): string => (i + 1).toString(16).padStart(64, "0");

function rulesOf(lengths: { chainLength: number; realChainLength: number }): ShareRules {
  return new ShareRules({ ...networkByName("litecoin"), ...lengths });
}

/** Owners of all kinds: key and script hashes, witnesses, addresses of version 35, and the donation script itself. */
function ownerOf(owner: number, rules: ShareRules): { version: 35 | 36; payable: ReturnType<ShareRules["typedHash"]> } {
  const hash = hash160(bigIntToBytesBE(BigInt(owner), 4));
  if (owner === 6) return { version: 36, payable: rules.typedHash(rules.newest.donationScript.subarray(2, 22), 2) };
  return { version: owner === 5 ? 35 : 36, payable: rules.typedHash(hash, owner % 3) };
}

function build(rows: readonly Row[], rules: ShareRules): Built {
  const forest: ShareForest = new Forest<TrackedShare>();
  const plain = new Map<string, PlainDecayedShare>();
  const nodes: ShareNode[] = [];
  for (const [i, row] of rows.entries()) {
    const parent = i === 0 ? null : nodes[Math.max(0, i - row.back)]!.id;
    const { version, payable } = ownerOf(row.owner, rules);
    const share = syntheticShare({
      id: id(i),
      parent,
      version,
      ...(version === 36 ? { payable } : { address: payable.address }),
      bits: BITS[row.bits] ?? row.bits,
      donation: row.donation,
    });
    nodes.push(forest.add(new TrackedShare(share, 0, null)));
    const script = bytesToHex(payable.script.subarray(1));
    plain.set(id(i), { id: id(i), parent, script, work: share.work, donation: row.donation });
  }
  return { plain, nodes };
}

const hexOf = (key: string): string => bytesToHex(Uint8Array.from(key, (char) => char.charCodeAt(0)));

function outputs(parent: ShareNode, subsidy: bigint, rules: ShareRules, window: DecayedWindow): [string, bigint][] {
  const version = rules.version(rules.newest.version)!;
  const split = splitDecayed(parent, { version, subsidy }, rules, window);
  return [
    ...split.payees().map((payee): [string, bigint] => [bytesToHex(payee.script!.subarray(1)), amountOf(payee)]),
    [bytesToHex(version.format.donationScript), split.donation],
  ];
}

function assertWithin(value: bigint, least: number, most: number): number {
  const isWithin = BigInt(Math.floor(least)) <= value && value <= BigInt(Math.ceil(most));
  assert.ok(isWithin, `${value} is not from ${least} to ${most}`);
  return most - least;
}

describe("decayed window (spec/20 §6)", () => {
  test("weights equal the plain sum, whatever was asked before", () => {
    const rules = rulesOf(CHAIN);
    const questions = fc.array(fc.record({ at: fc.nat(1000), shares: fc.nat(25) }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(chains, questions, (rows, asked) => {
        const { plain, nodes } = build(rows, rules);
        const window = new DecayedWindow(rules);
        for (const { at, shares } of asked) {
          const start = nodes[at % nodes.length]!;
          const answer = window.weights(start, shares);
          const expected = plainDecayedWeights(plain, start.id, Math.min(shares, 20), CHAIN.chainLength);
          const byScript = [...answer.byScript].map(([key, weight]): [string, bigint] => [hexOf(key), weight]);
          assert.deepEqual(new Map(byScript.sort()), new Map([...expected.byScript].sort()));
          assert.deepEqual([answer.total, answer.donation], [expected.total, expected.donation]);
        }
      }),
      { numRuns: 200 },
    );
  });

  const subsidies = fc.oneof(
    fc.bigInt({ min: 0n, max: 300n }),
    fc.bigInt({ min: 0n, max: 2_100_000_000_000_000n }),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  );
  // Some are asked for the same as the one before, or what would be paid is shown in between.
  const question = fc.record({ at: fc.nat(1000), subsidy: subsidies, again: fc.boolean(), shown: fc.boolean() });
  const questions = fc.array(question, { minLength: 1, maxLength: 20 });

  for (const [name, rowsOf] of [
    ["any", chains],
    ["equal", evenChains],
  ] as const) {
    test(`amounts and their order equal the plain ones, for every subsidy, with ${name} shares`, () => {
      const rules = rulesOf(CHAIN);
      const plainRules = { ...CHAIN, donationScript: bytesToHex(rules.newest.donationScript) };
      fc.assert(
        fc.property(rowsOf, questions, (rows, asked) => {
          const { plain, nodes } = build(rows, rules);
          const window = new DecayedWindow(rules);
          let last = asked[0]!;
          for (const question of asked) {
            if (!question.again) last = question;
            const { at, subsidy } = last;
            const parent = nodes[at % nodes.length]!;
            if (question.shown) {
              expectedDecayedPayouts(parent, question.subsidy, rules.newest.donationScript, rules, window);
            }
            const expected = plainDecayedOutputs(plain, parent.id, subsidy, plainRules);
            assert.deepEqual(outputs(parent, subsidy, rules, window), expected);
          }
        }),
        { numRuns: 200 },
      );
    });
  }

  for (const [chainLength, bits, most] of [
    [8640, [0x1b0fffff, 0x1b0ffff0, 0x1b0dcba9], { plain: 0.01, close: 0.25 }],
    [400, [0x1c00ffff, 0x1c012345, 0x1b7fffff], { plain: 0.25, close: 0.25 }],
    // So little work that rounding each share down shows: then the plain sum is asked for every time.
    [400, [0x1e0fffff, 0x1e0ffff0], { plain: 1, close: 1 }],
  ] as const) {
    test(`along a chain with windows of ${chainLength} and work near bits ${bits[0].toString(16)}`, () => {
      const rules = rulesOf({ chainLength, realChainLength: chainLength });
      const plainRules = {
        chainLength,
        realChainLength: chainLength,
        donationScript: bytesToHex(rules.newest.donationScript),
      };
      const random = seededRandom(3);
      const rows = Array.from({ length: chainLength + 120 }, () => ({
        back: 1,
        owner: Math.floor(random.uniform() * 6),
        bits: bits[random.uint32() % bits.length]!,
        donation: random.uniform() < 0.5 ? 0 : 327,
      }));
      const { plain, nodes } = build(rows, rules);
      const window = new DecayedWindow(rules);
      // Up, back down, and up again; every seventh is compared, as the plain sum of so many shares takes its time.
      const steps = [...nodes.slice(-120), ...nodes.slice(-60).reverse(), ...nodes.slice(-60)];
      outputs(steps[0]!, 625_000_000n, rules, window);
      const before = { plain: window.plainSums, close: window.closeSums };
      for (const [i, parent] of steps.entries()) {
        const paid = outputs(parent, 625_000_000n, rules, window);
        if (i % 7 === 0) assert.deepEqual(paid, plainDecayedOutputs(plain, parent.id, 625_000_000n, plainRules));
      }
      const plainPart = (window.plainSums - before.plain) / steps.length;
      assert.ok(plainPart <= most.plain, `${plainPart} of the shares needed a plain sum`);
      const closePart = (window.closeSums - before.close) / steps.length;
      assert.ok(closePart <= most.close, `${closePart} of the shares needed a sum in doubles`);
    });
  }

  // With much work what doubles lose shows, with little what rounding each share down does.
  for (const bits of [[0x19123456, 0x19765432, 0x1a00ffff], [0x1b0fffff], [0x1e0fffff, 0x1e0ffff0]]) {
    test(`exact weights are within the bounds, with work near bits ${bits[0]!.toString(16)}`, () => {
      const chainLength = 400;
      const rules = rulesOf({ chainLength, realChainLength: chainLength });
      const random = seededRandom(4);
      const { nodes } = build(
        Array.from({ length: chainLength + 100 }, () => ({
          back: 1,
          owner: Math.floor(random.uniform() * 6),
          bits: bits[random.uint32() % bits.length]!,
          donation: random.uniform() < 0.5 ? 0 : 327,
        })),
        rules,
      );
      const window = new DecayedWindow(rules);
      for (const parent of [...nodes.slice(-100), ...nodes.slice(0, 50).reverse()]) {
        const sums = window.sums(parent, chainLength);
        const exact = sums.exact();
        const check = (): number => {
          const { least, most } = sums.bounds;
          const width = assertWithin(exact.total, least[TOTAL]!, most[TOTAL]!);
          for (const payee of sums.payees) assertWithin(exact.weightOf(payee), least[payee.slot]!, most[payee.slot]!);
          return width;
        };
        const wide = check();
        sums.narrow();
        assert.ok(check() < wide);
      }
    });
  }

  test("asked for the same again, it has what the chain has got or lost below", () => {
    const rules = rulesOf(CHAIN);
    const forest: ShareForest = new Forest<TrackedShare>();
    const add = (i: number): ShareNode => {
      const { payable } = ownerOf(i, rules);
      const facts = { version: 36 as const, payable, bits: BITS[3]!, donation: 0 };
      return forest.add(
        new TrackedShare(syntheticShare({ id: id(i), parent: i === 1 ? null : id(i - 1), ...facts }), 0, null),
      );
    };
    const window = new DecayedWindow(rules);
    const asked: number[] = [];
    const ask = (shares = 9): void => {
      const { payees } = window.sums(tip, shares);
      asked.push(payees.length);
    };
    const tip = add(4);
    ask();
    ask();
    add(3);
    ask();
    ask(1);
    ask();
    add(2);
    ask();
    ask(3);
    add(1);
    ask(3);
    ask();
    ask();
    forest.remove(id(1));
    ask();
    forest.remove(id(2));
    ask(3);
    ask();
    assert.deepEqual(asked, [1, 1, 2, 1, 2, 3, 3, 3, 4, 4, 3, 2, 2]);
  });

  test("outlasts many times its length in one go", () => {
    const lengths = { chainLength: 8, realChainLength: 8 };
    const rules = rulesOf(lengths);
    const rows = Array.from({ length: 2000 }, (_, i) => ({ back: 1, owner: i % 5, bits: 4, donation: i % 9 }));
    const { plain, nodes } = build(rows, rules);
    const window = new DecayedWindow(rules);
    const plainRules = { ...lengths, donationScript: bytesToHex(rules.newest.donationScript) };
    for (const node of [...nodes, ...[...nodes].reverse()]) {
      assert.deepEqual(
        outputs(node, 1_000_003n, rules, window),
        plainDecayedOutputs(plain, node.id, 1_000_003n, plainRules),
      );
    }
  });

  test("with no ancestor the donation takes all", () => {
    const rules = rulesOf(CHAIN);
    const { donationScript } = rules.newest;
    const version = rules.version(rules.newest.version)!;
    const split = splitDecayed(null, { version, subsidy: 77n }, rules, new DecayedWindow(rules));
    assert.deepEqual([split.count, split.donation], [0, 77n]);
    assert.deepEqual(donationScript, hexToBytes("a9148c6272621d89e8fa526dd86acff60c7136be8e8587"));
  });
});
