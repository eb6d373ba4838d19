import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Template } from "../../../src/bitcoin/template.js";
import { summarizeTransaction } from "../../../src/bitcoin/transaction.js";
import { bytesToHex, hashToHex } from "../../../src/core/bytes.js";
import { checkTemplate } from "../../../src/daemon/check-template.js";
import { createTemplate, TemplateError, type TemplateErrorCode } from "../../../src/daemon/template.js";
import { blockTemplate, rawPayment, rawTemplate } from "../../support/daemon-template.js";

function convert(changes: Readonly<Record<string, unknown>> = {}, height = 120): Template {
  return createTemplate(blockTemplate(changes), height, 1_700_000_001.5);
}

/** Litecoin's transaction of flag 8: one input, one output, and a zero byte for the absent extension part. */
const HOGEX = {
  data: `02000000000801${"11".repeat(32)}0000000000ffffffff01e80300000000000001510000000000`,
  txid: "22".repeat(32),
  hash: "22".repeat(32),
  fee: 0,
  weight: 4 * 61,
};

describe("template conversion (spec/07 §6.1)", () => {
  test("a signet that anybody may mine is mined", () => {
    assert.equal(convert({ signet_challenge: "51" }).height, 120);
  });

  test("every member arrives where it belongs", () => {
    const { transactions, defaultWitnessCommitment, ...rest } = convert();
    assert.equal(bytesToHex(defaultWitnessCommitment!), rawTemplate().default_witness_commitment);
    assert.deepEqual(rest, {
      previousBlock: "ab".repeat(32),
      height: 120,
      bits: 0x207fffff,
      version: 0x20000000,
      requiredVersionBits: 0,
      minTime: 1_699_999_000,
      time: 1_700_000_000,
      subsidy: 5_000_000_030n,
      coinbaseFlags: new Uint8Array(0),
      rules: ["csv", "!segwit", "taproot"],
      mweb: null,
      receivedAt: 1_700_000_001.5,
    });
    assert.equal(transactions.length, 2);
    for (const [index, { data, txid, hash, fee, strippedSize, weight }] of transactions.entries()) {
      const raw = rawPayment(index + 1);
      assert.equal(bytesToHex(data), raw.data);
      assert.equal(hashToHex(txid), raw.txid);
      assert.equal(hashToHex(hash), raw.hash);
      assert.equal(fee, BigInt(10 * (index + 1)));
      const sizes = summarizeTransaction(data);
      assert.deepEqual(
        [strippedSize, weight, bytesToHex(txid)],
        [sizes.stripped, sizes.weight, bytesToHex(sizes.txid)],
      );
    }
  });

  test("sizes come from the bytes when the daemon gives no weight, or one that does not add up", () => {
    const [expected] = convert().transactions;
    for (const weight of [undefined, 5, 1_000_000, 401]) {
      const [given] = convert({ transactions: [{ ...rawPayment(1), weight }] }).transactions;
      assert.deepEqual([given?.strippedSize, given?.weight], [expected?.strippedSize, expected?.weight]);
    }
  });

  test("a missing fee is unknown; a missing txid is the hash", () => {
    const { fee: _fee, txid: _txid, ...old } = rawPayment(1);
    const [given] = convert({ transactions: [old] }).transactions;
    assert.equal(given?.fee, null);
    assert.deepEqual(given?.txid, given?.hash);
  });

  test("Litecoin's extension block and its transaction are kept as they are", () => {
    const { hash: id } = HOGEX;
    const template = convert({ transactions: [HOGEX], mweb: "C0FFEE", rules: ["!mweb", "!segwit"] });
    assert.equal(bytesToHex(template.mweb ?? new Uint8Array(0)), "c0ffee");
    const [given] = template.transactions;
    assert.deepEqual([given?.strippedSize, given?.weight], [61, 244]);
    assert.equal(hashToHex(given?.hash ?? new Uint8Array(0)), id);
  });

  test("the flags of the coinbase: their own member, else all auxiliary values, else nothing", () => {
    const flagsOf = (changes: Record<string, unknown>): string => bytesToHex(convert(changes).coinbaseFlags);
    assert.equal(flagsOf({ coinbaseflags: "0102", coinbaseaux: { flags: "03" } }), "0102");
    assert.equal(flagsOf({ coinbaseaux: { flags: "0a0b", other: "0c", number: 5, text: "hello" } }), "0a0b0c");
    assert.equal(flagsOf({ coinbaseaux: undefined }), "");
  });

  test("time, earliest time, version and bits in their variants", () => {
    assert.equal(convert({ time: 5, curtime: 6 }).time, 5);
    assert.equal(convert({ mintime: undefined }).minTime, 1_700_000_000);
    assert.equal(convert({ version: -0x20000000 }).version, 0xe0000000);
    assert.equal(convert({ bits: 0x1d00ffff }).bits, 0x1d00ffff);
    assert.equal(convert({ vbrequired: 4 }).requiredVersionBits, 4);
    assert.deepEqual(convert({ rules: undefined }).rules, []);
  });

  const refused: [string, Record<string, unknown>, number, TemplateErrorCode, string][] = [
    ["height 0", {}, 0, "TEMPLATE_HEIGHT", "height"],
    ["target 0", { bits: "1d000000" }, 120, "TEMPLATE_BITS", "bits"],
    ["target above 2^256", { bits: "227fffff" }, 120, "TEMPLATE_BITS", "bits"],
    ["no time", { curtime: undefined }, 120, "TEMPLATE_TIME", "curtime"],
    ["a signet that others sign", { signet_challenge: "5121ad5e51ae" }, 120, "TEMPLATE_SIGNET", "signet_challenge"],
    [
      "no transaction",
      { transactions: [{ ...rawPayment(1), data: "00", weight: undefined }] },
      120,
      "TEMPLATE_TRANSACTION",
      "transactions.0.data",
    ],
    [
      "another hash",
      { transactions: [{ ...rawPayment(1), hash: "00".repeat(32) }] },
      200,
      "TEMPLATE_TRANSACTION_HASH",
      "transactions.0.hash",
    ],
  ];
  for (const [name, changes, height, code, path] of refused) {
    test(`refuses ${name}`, () => {
      assert.throws(
        () => convert(changes, height),
        (error) => error instanceof TemplateError && error.code === code && error.data.path === path,
      );
    });
  }
});

const COMMITMENT = "default_witness_commitment";

describe("a template compared with itself", () => {
  const mweb = { mweb: "c0ffee" };
  const fine: [string, Record<string, unknown>][] = [
    ["with transactions", {}],
    ["without any", { transactions: [] }],
    ["without a commitment, from daemons without segwit", { default_witness_commitment: undefined }],
    ["of signet, whose commitment has a solution behind it", signetLike()],
    ["with an extension block", { transactions: [rawPayment(1), HOGEX], ...mweb }],
    ["with an empty extension block, which is none", { mweb: "" }],
  ];
  for (const [what, changes] of fine) test(`is right: ${what}`, () => checkTemplate(convert(changes)));

  const wrong: [string, Record<string, unknown>, TemplateErrorCode, string][] = [
    [
      "a commitment to other transactions",
      { transactions: [rawPayment(1)], default_witness_commitment: rawTemplate().default_witness_commitment },
      "TEMPLATE_COMMITMENT",
      COMMITMENT,
    ],
    [
      "a commitment to another order",
      {
        transactions: [rawPayment(2), rawPayment(1)],
        default_witness_commitment: rawTemplate().default_witness_commitment,
      },
      "TEMPLATE_COMMITMENT",
      COMMITMENT,
    ],
    ["no whole commitment", { default_witness_commitment: "6a24aa21a9ed" }, "TEMPLATE_COMMITMENT", COMMITMENT],
    ["an extension block without its transaction", mweb, "TEMPLATE_MWEB", "mweb"],
    ["and without any", { ...mweb, transactions: [] }, "TEMPLATE_MWEB", "mweb"],
    ["the transaction without the block", { transactions: [rawPayment(1), HOGEX] }, "TEMPLATE_MWEB", "mweb"],
    ["the transaction not last", { ...mweb, transactions: [HOGEX, rawPayment(1)] }, "TEMPLATE_MWEB", "mweb"],
  ];
  for (const [what, changes, code, path] of wrong) {
    test(`is wrong: ${what}`, () => {
      const template = convert(changes);
      assert.throws(
        () => checkTemplate(template),
        (error) => error instanceof TemplateError && error.code === code && error.data.path === path,
      );
    });
  }
});

function signetLike(): Record<string, unknown> {
  return { default_witness_commitment: `${rawTemplate().default_witness_commitment}04ecc7daa2` };
}
