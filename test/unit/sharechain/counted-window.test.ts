import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { bytesToBinaryString, bytesToHex } from "../../../src/core/bytes.js";
import { networkByName } from "../../../src/networks/index.js";
import { AdoptionWindow } from "../../../src/sharechain/adoption-window.js";
import { Forest } from "../../../src/sharechain/forest.js";
import { AddressMemory } from "../../../src/sharechain/merged/address-memory.js";
import { ChildWindow } from "../../../src/sharechain/merged/child-weights.js";
import { PayoutCommitment } from "../../../src/sharechain/merged/payout-commitment.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { type ShareForest, type ShareNode, TrackedShare } from "../../../src/sharechain/share-node.js";
import { scriptHex } from "../../vectors/handlers/describe-36.js";
import { syntheticShare } from "./support/synthetic.js";

// The cursors over counting shares (spec/20 §9.1 to §9.3, §12), against the plainest walk there is.

const RULES = new ShareRules(networkByName("litecoin"));
const FORMAT = RULES.version(36)!.format;

const chains = fc.array(
  fc.record({
    back: fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 30 }) }),
    owner: fc.nat(5),
    isOld: fc.boolean(),
    vote: fc.constantFrom(35, 36, 37),
    bits: fc.constantFrom(0x207fffff, 0x1e0fffff, 0x1b0377ae),
    donation: fc.oneof(fc.constant(0), fc.constant(65535), fc.nat(65535)),
    entry: fc.option(fc.nat(3), { nil: null }),
  }),
  { minLength: 3, maxLength: 80 },
);
type Row = ReturnType<typeof chains.generate>["value"][number];

/** A share in the plain form. */
interface Plain {
  readonly parent: number | null;
  readonly script: string;
  readonly work: bigint;
  readonly row: Row;
}

function build(rows: readonly Row[]): { nodes: ShareNode[]; plain: Plain[] } {
  const forest: ShareForest = new Forest<TrackedShare>();
  const nodes: ShareNode[] = [];
  const plain: Plain[] = [];
  for (const [i, row] of rows.entries()) {
    const parent = i === 0 ? null : Math.max(0, i - row.back);
    const payable = RULES.typedHash(new Uint8Array(20).fill(row.owner + 1), row.owner % 3);
    const share = syntheticShare({
      id: (i + 1).toString(16).padStart(64, "0"),
      parent: parent === null ? null : nodes[parent]!.id,
      version: row.isOld ? 35 : 36,
      ...(row.isOld ? { address: payable.address } : { payable }),
      bits: row.bits,
      donation: row.donation,
      desiredVersion: row.vote,
      ...(row.isOld || row.entry === null
        ? {}
        : { mergedAddresses: [{ chainId: 98, script: new Uint8Array(row.entry).fill(0x51) }] }),
    });
    nodes.push(forest.add(new TrackedShare(share, 0, null)));
    plain.push({ parent, script: bytesToHex(payable.script.subarray(1)), work: share.work, row });
  }
  return { nodes, plain };
}

/** The shares of a window, newest first. */
function walk(plain: readonly Plain[], start: number, count: number): Plain[] {
  const shares: Plain[] = [];
  for (let at: number | null = start; at !== null && shares.length < count; at = plain[at]!.parent) {
    shares.push(plain[at]!);
  }
  return shares;
}

function sums(shares: readonly Plain[], keyOf: (share: Plain) => string): Map<string, bigint> {
  const weights = new Map<string, bigint>();
  for (const share of shares) {
    const weight = share.work * BigInt(65535 - share.row.donation);
    weights.set(keyOf(share), (weights.get(keyOf(share)) ?? 0n) + weight);
  }
  return new Map([...weights].filter(([, weight]) => weight > 0n).sort());
}

describe("windows of counting shares equal the plain walk, whatever was asked before", () => {
  const questions = fc.array(fc.record({ at: fc.nat(1000), count: fc.integer({ min: 1, max: 25 }) }), {
    minLength: 1,
    maxLength: 20,
  });
  const check = (ask: () => (start: ShareNode, count: number, plain: Plain[]) => void): void =>
    fc.assert(
      fc.property(chains, questions, (rows, asked) => {
        const { nodes, plain } = build(rows);
        const compare = ask();
        for (const { at, count } of asked) {
          const start = at % nodes.length;
          compare(nodes[start]!, count, walk(plain, start, count));
        }
      }),
      { numRuns: 200 },
    );

  test("the committed text, and whether it is disputed", () =>
    check(() => {
      const commitment = new PayoutCommitment(RULES);
      return (start, count, shares) => {
        const counting = shares.filter(({ row }) => row.vote >= 36);
        const weights = sums(counting, ({ script }) => script);
        const total = counting.reduce((sum, { work }) => sum + work * 65535n, 0n);
        const donation = counting.reduce((sum, { work, row }) => sum + work * BigInt(row.donation), 0n);
        const entries = [...weights].map(([script, weight]) => `${script}:${weight}|`).join("");
        const text = commitment.text(start, count);
        const expected = entries === "" ? null : `${entries}T:${total}|D:${donation}`;
        assert.equal(text === null ? null : bytesToBinaryString(text), expected);
        const owners = new Set(counting.map(({ script }) => script));
        assert.equal(commitment.isDisputed(start, count), owners.size > weights.size);
      };
    }));

  test("the weights of a merged chain", () =>
    check(() => {
      const window = new ChildWindow(98, new AddressMemory([]), RULES);
      return (start, count, shares) => {
        const counting = shares.filter(({ row }) => row.vote >= 36);
        const keyOf = ({ row, script }: Plain): string =>
          row.isOld || row.entry === null ? `owner ${script}` : `entry ${"51".repeat(row.entry)}`;
        const { payees, total } = window.weights(start, count);
        const answer = payees.map(({ kind, script, weight }) => [`${kind} ${scriptHex(script)}`, weight] as const);
        assert.deepEqual(new Map([...answer].sort()), sums(counting, keyOf));
        assert.equal(
          total,
          counting.reduce((sum, { work }) => sum + work * 65535n, 0n),
        );
      };
    }));

  test("how far a version is adopted", () =>
    check(() => {
      const window = new AdoptionWindow(FORMAT);
      return (start, count, shares) => {
        const work = (some: readonly Plain[]): bigint => some.reduce((sum, share) => sum + share.work, 0n);
        const voting = shares.filter(({ row }) => row.vote >= 36);
        assert.deepEqual(window.adoption(start, count), {
          voting: work(voting),
          minted: work(shares.filter(({ row }) => !row.isOld)),
          total: work(shares),
          voters: new Set(voting.map(({ script }) => script)).size,
        });
      };
    }));
});
