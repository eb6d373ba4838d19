import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BlockHash, Template, TemplateTransaction } from "../../../src/bitcoin/template.js";
import { type Transaction, transaction, transactionHash, transactionId } from "../../../src/bitcoin/transaction.js";
import { hashToHex } from "../../../src/core/bytes.js";
import { encode } from "../../../src/core/codec.js";
import { networkByName } from "../../../src/networks/index.js";
import { fillBlock } from "../../../src/work/fill-block.js";

const NETWORK = networkByName("litecoin");
const GENTX = { stripped: 1_000, weight: 4_036 };
/** Of a block without transactions: generation transaction, header, and what is left free (spec/04 §5.2). */
const EMPTY = { weight: GENTX.weight + 4 * 80 + 2000, size: GENTX.stripped + 80 + 500 };

interface Wish {
  /** Numbers of the transactions before it that it spends. */
  readonly spends?: readonly number[];
  readonly weight?: number;
  readonly stripped?: number;
  readonly sigops?: number;
  readonly fee?: bigint | null;
}

/** Real transactions, as large and heavy as the test says. */
function offered(...wishes: readonly Wish[]): TemplateTransaction[] {
  const made: TemplateTransaction[] = [];
  for (const [i, { spends = [], weight = 1000, stripped = 250, sigops = 4, fee = 10n }] of wishes.entries()) {
    const outside = { hash: new Uint8Array(32).fill(i + 1), index: 0 };
    const sources = spends.length === 0 ? [outside] : spends.map((n) => ({ hash: made[n]!.txid, index: 0 }));
    const value: Transaction = {
      version: 2,
      inputs: sources.map((previousOutput) => ({ previousOutput, script: new Uint8Array(0), sequence: 0xffffffff })),
      outputs: [{ value: 1n, script: new Uint8Array(1) }],
      lockTime: 0,
      witnesses: null,
      flag: 0,
    };
    const hash = transactionHash(value);
    made.push({
      data: encode(transaction, value),
      txid: transactionId(value),
      hash,
      fee,
      strippedSize: stripped,
      weight,
      sigops,
    });
  }
  return made;
}

function template(transactions: readonly TemplateTransaction[], changes: Partial<Template> = {}): Template {
  return {
    previousBlock: "11".repeat(32) as BlockHash,
    height: 100,
    bits: 0x1e04cccc,
    version: 0x20000000,
    requiredVersionBits: 0,
    minTime: 0,
    time: 0,
    subsidy: 5_000_000_000n,
    transactions,
    coinbaseFlags: new Uint8Array(0),
    rules: ["segwit"],
    mweb: null,
    receivedAt: 0,
    ...changes,
  };
}

/** Numbers of the transactions that a block holds, and what is lost of its value. */
function filled(given: Template): { kept: number[]; lost: bigint } {
  const { included, subsidy } = fillBlock(given, GENTX, NETWORK);
  return { kept: included.map((each) => given.transactions.indexOf(each)), lost: given.subsidy - subsidy };
}

const byId = (a: TemplateTransaction, b: TemplateTransaction): number =>
  hashToHex(a.txid) < hashToHex(b.txid) ? -1 : 1;

describe("filling a block", () => {
  test("all that fits is in it, to the last unit of the daemon's weight limit", () => {
    const all = offered({}, {}, {});
    const weightLimit = EMPTY.weight + 3_000;
    assert.deepEqual(filled(template(all, { weightLimit })), { kept: [0, 1, 2], lost: 0n });
    assert.deepEqual(filled(template(all, { weightLimit: weightLimit - 1 })), { kept: [0, 1], lost: 10n });
    assert.deepEqual(filled(template(all)), { kept: [0, 1, 2], lost: 0n }, "a daemon need not say its limits");
  });

  test("the network's own limit stays, whatever the daemon says", () => {
    const all = offered({ weight: 3_900_000 }, { weight: 150_000 });
    assert.deepEqual(filled(template(all, { weightLimit: 8_000_000 })).kept, [0]);
  });

  test("bytes with witnesses are limited too", () => {
    const all = offered({ weight: 1500, stripped: 250 }, { weight: 1500, stripped: 250 });
    const sizeLimit = EMPTY.weight - 3 * EMPTY.size + 2 * 750;
    assert.deepEqual(filled(template(all, { sizeLimit })).kept, [0, 1]);
    assert.deepEqual(filled(template(all, { sizeLimit: sizeLimit - 1 })).kept, [0]);
  });

  test("signature operations are limited, with room for those of the generation transaction", () => {
    const all = offered({ sigops: 40 }, { sigops: 40 });
    // A hundred, and one for every output of 34 bytes; four times as much on a chain with weights.
    const own = 100 + Math.ceil(GENTX.stripped / 34);
    const weightLimit = 4_000_000;
    assert.deepEqual(filled(template(all, { weightLimit, sigopLimit: 4 * own + 80 })).kept, [0, 1]);
    assert.deepEqual(filled(template(all, { weightLimit, sigopLimit: 4 * own + 79 })).kept, [0]);
    assert.deepEqual(filled(template(all, { sigopLimit: own + 80 })).kept, [0, 1]);
    assert.deepEqual(filled(template(all, { sigopLimit: own + 79 })).kept, [0]);
  });

  test("beside an extension block its transaction and all that it spends stay, in their places", () => {
    const all = offered({}, {}, { spends: [0] }, {}, { spends: [2] });
    const weightLimit = EMPTY.weight + 3_000;
    const given = template(all, { weightLimit, mweb: new Uint8Array(1) });
    assert.deepEqual(filled(given), { kept: [0, 2, 4], lost: 20n });
    assert.deepEqual(filled({ ...given, weightLimit: weightLimit + 1_000 }), { kept: [0, 1, 2, 4], lost: 10n });
  });

  test("where transactions are sorted by id a spender goes with what it spends", () => {
    for (let salt = 0; salt < 20; salt++) {
      // Chains of two and three, which end up in any order.
      const wishes: Wish[] = [{ fee: BigInt(salt + 1) }, { spends: [0] }, {}, { spends: [2] }, { spends: [3] }, {}];
      const chains = offered(
        ...wishes.map((wish) => ({ ...wish, fee: 10n })),
        ...Array.from({ length: salt }, () => ({})),
      );
      const sorted = [...chains].sort(byId);
      for (let count = 1; count < sorted.length; count++) {
        const given = template(sorted, { weightLimit: EMPTY.weight + 1_000 * count });
        const { kept, lost } = filled(given);
        assert.deepEqual(
          kept,
          [...kept].sort((a, b) => a - b),
          "still sorted",
        );
        assert.ok(kept.length <= count && kept.length >= count - 2, `${kept.length} of ${count}`);
        assert.equal(lost, 10n * BigInt(sorted.length - kept.length));
        const ids = new Set(kept.map((i) => sorted[i]));
        for (const [child, parent] of [
          [1, 0],
          [3, 2],
          [4, 3],
        ] as const) {
          assert.ok(!ids.has(chains[child]!) || ids.has(chains[parent]!), `salt ${salt}: ${child} without ${parent}`);
        }
      }
    }
  });

  test("a lost fee that is not known leaves the block's subsidy and the fees that are", () => {
    const all = offered({ fee: 7n }, { fee: null });
    const given = template(all, { weightLimit: EMPTY.weight + 1_000 });
    assert.equal(fillBlock(given, GENTX, NETWORK).subsidy, 5_000_000_007n);
  });
});
