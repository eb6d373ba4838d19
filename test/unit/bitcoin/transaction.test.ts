import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RawTx } from "@scure/btc-signer/script.js";
import fc from "fast-check";
import {
  FLAG_MWEB,
  FLAG_WITNESS,
  strippedTransaction,
  summarizeTransaction,
  type Transaction,
  type TransactionInput,
  type TransactionOutput,
  transaction,
  transactionHash,
  transactionId,
  transactionSizes,
  witnessCommitment,
  wtxidForCommitment,
} from "../../../src/bitcoin/transaction.js";
import { bytesToHex, hashToHex, hexToBytes, hexToHash } from "../../../src/core/bytes.js";
import { CodecError, decode, encode } from "../../../src/core/codec.js";

const u32 = fc.nat(0xffffffff);
const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
const plain = { noNullPrototype: true } as const;

const outPoint = fc.record({ hash: fc.uint8Array({ minLength: 32, maxLength: 32 }), index: fc.nat(0xfffffffe) }, plain);
const input: fc.Arbitrary<TransactionInput> = fc.record(
  { previousOutput: fc.option(outPoint, { nil: null }), script: bytes(300), sequence: u32 },
  plain,
);
const output: fc.Arbitrary<TransactionOutput> = fc.record(
  { value: fc.bigInt({ min: 0n, max: 21_000_000n * 10n ** 8n }), script: bytes(300) },
  plain,
);
const stack = fc.array(bytes(120), { maxLength: 4 });

function transactions(flags: readonly number[]): fc.Arbitrary<Transaction> {
  return fc
    .tuple(
      fc.nat(0x7fffffff),
      fc.array(fc.tuple(input, stack), { minLength: 1, maxLength: 6 }),
      fc.array(output, { maxLength: 6 }),
      u32,
      fc.constantFrom(...flags),
    )
    .map(([version, inputs, outputs, lockTime, flag]) => ({
      version,
      inputs: inputs.map(([value]) => value),
      outputs,
      lockTime,
      witnesses: flag & FLAG_WITNESS ? inputs.map(([, items]) => items) : null,
      flag,
    }));
}

const ALL_FLAGS = [0, FLAG_WITNESS, FLAG_MWEB, FLAG_WITNESS | FLAG_MWEB];

/** The worked example of spec/01 §11. */
const EXAMPLE: Transaction = {
  version: 2,
  inputs: [
    {
      previousOutput: { hash: hexToHash("1122".padStart(64, "0")), index: 1 },
      script: new Uint8Array(0),
      sequence: 0xfffffffe,
    },
  ],
  outputs: [{ value: 12345n, script: hexToBytes(`0014${"33".repeat(20)}`) }],
  lockTime: 7,
  witnesses: [[hexToBytes("aabb"), hexToBytes("020202")]],
  flag: FLAG_WITNESS,
};
const EXAMPLE_FULL =
  "0200000000010122110000000000000000000000000000000000000000000000000000000000000100000000feffffff01393000000000000016001433333333333333333333333333333333333333330202aabb0302020207000000";
const EXAMPLE_STRIPPED =
  "020000000122110000000000000000000000000000000000000000000000000000000000000100000000feffffff013930000000000000160014333333333333333333333333333333333333333307000000";
const EXAMPLE_ID = "5d52a6e0fe85ecbd0a87f476e5e0b763b60baca3ee4df85c59e2e25e9839e031";

describe("transactions (spec/01 §6)", () => {
  test("the worked example", () => {
    assert.equal(bytesToHex(encode(transaction, EXAMPLE)), EXAMPLE_FULL);
    assert.equal(bytesToHex(encode(strippedTransaction, EXAMPLE)), EXAMPLE_STRIPPED);
    assert.equal(hashToHex(transactionId(EXAMPLE)), EXAMPLE_ID);
    const hash = "18e8f9234694c43525c43efddc500d747d13cd25d0d6cc2a1f9f64e3264b2165";
    assert.equal(hashToHex(transactionHash(EXAMPLE)), hash);
    assert.equal(hashToHex(wtxidForCommitment(EXAMPLE)), hash);
    assert.deepEqual(transactionSizes(EXAMPLE), { stripped: 82, full: 92, weight: 92 + 3 * 82 });
  });

  test("with empty stacks only, the witness id is the transaction id", () => {
    const empty: Transaction = { ...EXAMPLE, witnesses: [[]] };
    assert.equal(hashToHex(wtxidForCommitment(empty)), EXAMPLE_ID);
    assert.notEqual(hashToHex(transactionHash(empty)), EXAMPLE_ID);
    assert.equal(summarizeTransaction(encode(transaction, empty)).hasWitness, false);
  });

  test("are written as an independent library writes them", () => {
    fc.assert(
      fc.property(transactions([0, FLAG_WITNESS]), (value) => {
        // Daemons and the library refuse a flag without a single witness item; shares may carry it.
        fc.pre(value.witnesses === null || value.witnesses.some((items) => items.length > 0));
        const raw = encode(transaction, value);
        const theirs = RawTx.decode(raw);
        assert.deepEqual(RawTx.encode(theirs), raw);
        assert.equal(theirs.version, value.version);
        assert.equal(theirs.lockTime, value.lockTime);
        assert.deepEqual(
          theirs.outputs.map(({ amount, script }) => ({ value: amount, script })),
          value.outputs,
        );
        for (const [i, { previousOutput, script, sequence }] of value.inputs.entries()) {
          const other = theirs.inputs[i]!;
          assert.deepEqual([other.finalScriptSig, other.sequence], [script, sequence]);
          // The library shows ids in display order.
          if (previousOutput) assert.equal(bytesToHex(other.txid), hashToHex(previousOutput.hash));
          assert.equal(other.index, previousOutput?.index ?? 0xffffffff);
        }
        assert.deepEqual(theirs.witnesses ?? null, value.witnesses);
      }),
    );
  });

  test("come back from their bytes, and the summary agrees", () => {
    fc.assert(
      fc.property(transactions(ALL_FLAGS), (value) => {
        const raw = encode(transaction, value);
        assert.deepEqual(decode(transaction, raw), value);
        const { txid, flag, hasWitness, ...sizes } = summarizeTransaction(raw);
        assert.deepEqual(txid, transactionId(value));
        assert.equal(flag, value.flag);
        assert.deepEqual(sizes, transactionSizes(value));
        assert.deepEqual(wtxidForCommitment(value), hasWitness ? transactionHash(value) : txid);
      }),
    );
  });

  test("mutated bytes are refused or are another transaction's only form; both readers agree", () => {
    const mutated = fc.tuple(transactions(ALL_FLAGS), fc.nat(), fc.nat(255)).map(([value, place, byte]) => {
      const raw = encode(transaction, value);
      raw[place % raw.length] = byte;
      return raw;
    });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 60 })), (raw) => {
        let value: Transaction;
        try {
          value = decode(transaction, raw);
        } catch (error) {
          assert.ok(error instanceof CodecError, String(error));
          assert.throws(() => summarizeTransaction(raw), CodecError);
          return;
        }
        assert.deepEqual(encode(transaction, value), raw);
        assert.deepEqual(summarizeTransaction(raw).txid, transactionId(value));
      }),
    );
  });

  test("every shortened transaction is refused", () => {
    const raw = hexToBytes(EXAMPLE_FULL);
    for (let length = 0; length < raw.length; length++) {
      assert.throws(() => decode(transaction, raw.subarray(0, length)), CodecError);
      assert.throws(() => summarizeTransaction(raw.subarray(0, length)), CodecError);
    }
  });

  test("Litecoin's HogEx: flag 8, one zero byte before the lock time, id of the stripped form", () => {
    const hogEx: Transaction = {
      version: 2,
      inputs: [
        {
          previousOutput: { hash: hexToHash("ab".repeat(32)), index: 0 },
          script: new Uint8Array(0),
          sequence: 0xffffffff,
        },
      ],
      outputs: [{ value: 5n, script: hexToBytes(`5820${"cd".repeat(32)}`) }],
      lockTime: 0,
      witnesses: null,
      flag: FLAG_MWEB,
    };
    const raw = encode(transaction, hogEx);
    const stripped = encode(strippedTransaction, hogEx);
    const body = bytesToHex(stripped).slice(8, -8);
    assert.equal(bytesToHex(raw), `020000000008${body}0000000000`);
    assert.deepEqual(decode(transaction, raw), hogEx);
    assert.deepEqual(wtxidForCommitment(hogEx), transactionId(hogEx));
    const summary = summarizeTransaction(raw);
    assert.deepEqual(summary.txid, transactionId(hogEx));
    assert.equal(summary.weight, 4 * stripped.length);

    const withExtension = raw.slice();
    withExtension[raw.length - 5] = 1;
    assert.throws(() => decode(transaction, withExtension), CodecError);
  });

  test("a HogEx as Litecoin Core 0.21.2 made it on regtest, with its id, size and weight", () => {
    const raw = hexToBytes(
      "02000000000801278cf93d0e0e2c27fca931f7fe4280f4e348abd106de00e5776dcd4baca679400000000000ffffffff01982d814a000000002258202043f71fb7383ad57bf456e03e8f3dc455a8e0e9b19db5b1c118dfff7f8191b40000000000",
    );
    const summary = summarizeTransaction(raw);
    assert.equal(hashToHex(summary.txid), "515d82a3b953fefbb17f38b6b030069fafa452eb8f8e60766ff03628ad9af063");
    assert.deepEqual([summary.full, summary.weight, summary.flag], [97, 376, FLAG_MWEB]);
    const value = decode(transaction, raw);
    assert.deepEqual(encode(transaction, value), raw);
    assert.deepEqual(wtxidForCommitment(value), summary.txid);
  });

  test("flags and forms that cannot be are refused", () => {
    for (const flag of [0, 2, 16, 255]) {
      const raw = hexToBytes(EXAMPLE_FULL);
      raw[5] = flag;
      assert.throws(() => decode(transaction, raw), CodecError, `flag ${flag}`);
    }
    assert.throws(() => encode(transaction, { ...EXAMPLE, flag: 0 }), CodecError);
    assert.throws(() => encode(transaction, { ...EXAMPLE, witnesses: null }), CodecError);
    assert.throws(() => encode(transaction, { ...EXAMPLE, witnesses: [] }), CodecError);
    assert.throws(() => encode(transaction, { ...EXAMPLE, inputs: [], witnesses: null, flag: 0 }), CodecError);
  });

  test("witness commitment of root 0 (spec/01 §11)", () => {
    assert.equal(
      bytesToHex(witnessCommitment(new Uint8Array(32))),
      "92ac07c7b9e008effde0e4753064f2328b1c8cd3d0b488f4bf1bba8cb9338c36",
    );
  });
});
