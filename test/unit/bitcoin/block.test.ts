import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { scriptToAddress } from "../../../src/bitcoin/address.js";
import { blockHash, blockHeader, serialiseBlock } from "../../../src/bitcoin/block.js";
import { bip34Height } from "../../../src/bitcoin/script.js";
import { transaction, transactionId } from "../../../src/bitcoin/transaction.js";
import { bytesToHex, concatBytes, hashToHex, hexToBytes } from "../../../src/core/bytes.js";
import { decode, encode } from "../../../src/core/codec.js";
import { merkleRoot } from "../../../src/core/merkle.js";
import { bitcoin } from "../../../src/networks/coins/bitcoin.js";

const GENESIS_HEADER =
  "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c";
const GENESIS_COINBASE =
  "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000";

describe("blocks (spec/01 §7)", () => {
  test("Bitcoin's first block", () => {
    const raw = hexToBytes(GENESIS_HEADER);
    const header = decode(blockHeader, raw);
    assert.equal(blockHash(raw), "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f");
    assert.equal(blockHash(raw), bitcoin.daemon.knownBlocks[0]);
    assert.equal(header.previousBlock, null);
    assert.deepEqual(
      [header.version, header.timestamp, header.bits, header.nonce],
      [1, 1231006505, 0x1d00ffff, 2083236893],
    );
    assert.equal(bytesToHex(encode(blockHeader, header)), GENESIS_HEADER);

    const coinbase = decode(transaction, hexToBytes(GENESIS_COINBASE));
    assert.equal(coinbase.inputs[0]!.previousOutput, null);
    assert.equal(coinbase.outputs[0]!.value, 50n * 10n ** 8n);
    assert.deepEqual(merkleRoot([transactionId(coinbase)]), header.merkleRoot);
    assert.equal(hashToHex(header.merkleRoot), "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b");
    assert.equal(scriptToAddress(coinbase.outputs[0]!.script, bitcoin), "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa");
    // It was made long before heights stood there.
    assert.equal(bip34Height(coinbase.inputs[0]!.script), 0x1d00ffffn);
  });

  test("a header has 80 bytes", () => {
    for (const length of [0, 79, 81]) assert.throws(() => decode(blockHeader, new Uint8Array(length)));
  });

  test("header, count, transactions, and Litecoin's extension block", () => {
    const header = hexToBytes(GENESIS_HEADER);
    const coinbase = hexToBytes(GENESIS_COINBASE);
    assert.deepEqual(serialiseBlock(header, [coinbase]), concatBytes(header, Uint8Array.of(1), coinbase));
    const many = Array.from({ length: 300 }, () => coinbase);
    assert.deepEqual(
      serialiseBlock(header, many, hexToBytes("beef")),
      concatBytes(header, hexToBytes("fd2c01"), ...many, hexToBytes("01beef")),
    );
  });
});
