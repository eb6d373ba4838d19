import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Template } from "../../../src/bitcoin/template.js";
import { summarizeTransaction } from "../../../src/bitcoin/transaction.js";
import { bytesToHex, hashToHex } from "../../../src/core/bytes.js";
import { createTemplate, TemplateError, type TemplateErrorCode } from "../../../src/daemon/template.js";
import { blockTemplate, rawPayment } from "../../support/daemon-template.js";

function convert(changes: Readonly<Record<string, unknown>> = {}, height = 120): Template {
  return createTemplate(blockTemplate(changes), height, 1_700_000_001.5);
}

describe("template conversion (spec/07 §6.1)", () => {
  test("every member arrives where it belongs", () => {
    const { transactions, ...rest } = convert();
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
    // Flag 8: one input, one output, and a zero byte for the absent extension part.
    const hogEx = `020000000008${`01${"11".repeat(32)}00000000`}00ffffffff01${"e803000000000000"}0151${"00"}00000000`;
    const id = "22".repeat(32);
    const entry = { data: hogEx, txid: id, hash: id, fee: 0, weight: 4 * 61 };
    const template = convert({ transactions: [entry], mweb: "C0FFEE", rules: ["!mweb", "!segwit"] });
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
