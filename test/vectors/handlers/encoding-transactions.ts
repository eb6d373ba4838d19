import assert from "node:assert/strict";
import { auxpowCommitment, auxpowTree } from "../../../src/bitcoin/auxpow.js";
import { type BlockHash, type BlockHeader, blockHash, blockHeader } from "../../../src/bitcoin/block.js";
import {
  FLAG_WITNESS,
  strippedTransaction,
  summarizeTransaction,
  type Transaction,
  type TransactionInput,
  transaction,
  transactionHash,
  transactionId,
  transactionInput,
  transactionSizes,
  WITNESS_RESERVED,
  witnessCommitment,
  witnessCommitmentScript,
  wtxidForCommitment,
} from "../../../src/bitcoin/transaction.js";
import { bytesToHex, hashToHex, hexToBytes, hexToHash } from "../../../src/core/bytes.js";
import { decode, encode } from "../../../src/core/codec.js";
import { powHash } from "../../../src/core/hash/index.js";
import { eachCase, type FileHandler, oneCase } from "../runner.js";

interface InputFields {
  readonly previous_output: { readonly hash: string; readonly index: string } | null;
  readonly script: string;
  readonly sequence: string | null;
}

interface TransactionFields {
  readonly version: string;
  readonly tx_ins: readonly InputFields[];
  readonly tx_outs: readonly { readonly value: string; readonly script: string }[];
  readonly lock_time: string;
  readonly witness?: readonly (readonly string[])[];
}

interface TransactionCase {
  readonly fields: TransactionFields;
  readonly hex: string;
  readonly stripped_hex: string;
  readonly txid: string;
  readonly wtxid: string;
  readonly hash: string;
  readonly is_segwit: boolean;
  readonly reference_get_stripped_size: string;
}

function inputOf({ previous_output, script, sequence }: InputFields): TransactionInput {
  return {
    previousOutput:
      previous_output === null ? null : { hash: hexToHash(previous_output.hash), index: Number(previous_output.index) },
    script: hexToBytes(script),
    sequence: sequence === null ? 0xffffffff : Number(sequence),
  };
}

function transactionOf(fields: TransactionFields): Transaction {
  return {
    version: Number(fields.version),
    inputs: fields.tx_ins.map(inputOf),
    outputs: fields.tx_outs.map(({ value, script }) => ({ value: BigInt(value), script: hexToBytes(script) })),
    lockTime: Number(fields.lock_time),
    witnesses: fields.witness?.map((stack) => stack.map(hexToBytes)) ?? null,
    flag: fields.witness === undefined ? 0 : FLAG_WITNESS,
  };
}

function checkTransaction(fields: TransactionCase): void {
  const value = transactionOf(fields.fields);
  const raw = hexToBytes(fields.hex);
  assert.equal(bytesToHex(encode(transaction, value)), fields.hex);
  assert.deepEqual(decode(transaction, raw), value);
  assert.equal(bytesToHex(encode(strippedTransaction, value)), fields.stripped_hex);
  assert.equal(hashToHex(transactionId(value)), fields.txid);
  assert.equal(hashToHex(transactionHash(value)), fields.hash);
  assert.equal(hashToHex(wtxidForCommitment(value)), fields.wtxid);
  assert.equal(value.flag !== 0, fields.is_segwit);

  const sizes = transactionSizes(value);
  assert.equal(sizes.stripped, Number(fields.reference_get_stripped_size));
  assert.deepEqual(sizes, { stripped: sizes.stripped, full: raw.length, weight: raw.length + 3 * sizes.stripped });
  const { txid, hasWitness, flag, ...summarySizes } = summarizeTransaction(raw);
  assert.deepEqual(summarySizes, sizes);
  assert.equal(flag, value.flag);
  assert.equal(hashToHex(txid), fields.txid);
  assert.equal(hashToHex(hasWitness ? transactionHash(value) : txid), fields.wtxid);
}

interface HeaderCase {
  readonly hex: string;
  readonly hash: string;
  readonly scrypt_pow_hash: string;
  readonly fields: {
    readonly version: string;
    readonly previous_block: string | null;
    readonly merkle_root: string;
    readonly timestamp: string;
    readonly bits: string;
    readonly nonce: string;
  };
}

function checkHeader({ hex, hash, scrypt_pow_hash, fields }: HeaderCase): void {
  const header: BlockHeader = {
    version: Number(fields.version),
    previousBlock: fields.previous_block as BlockHash | null,
    merkleRoot: hexToHash(fields.merkle_root),
    timestamp: Number(fields.timestamp),
    bits: Number.parseInt(fields.bits, 16),
    nonce: Number(fields.nonce),
  };
  const raw = hexToBytes(hex);
  assert.equal(bytesToHex(encode(blockHeader, header)), hex);
  assert.deepEqual(decode(blockHeader, raw), header);
  assert.equal(blockHash(raw), hash);
  assert.equal(hashToHex(powHash("sha256d", raw)), hash);
  assert.equal(hashToHex(powHash("scrypt", raw)), scrypt_pow_hash);
}

interface CommitmentCase {
  readonly wtxid_merkle_root: string;
  readonly witness_reserved_value: string;
  readonly commitment: string;
  readonly script: string;
}

function checkCommitment(fields: CommitmentCase): void {
  const commitment = witnessCommitment(hexToHash(fields.wtxid_merkle_root));
  assert.equal(bytesToHex(WITNESS_RESERVED), fields.witness_reserved_value);
  assert.equal(hashToHex(commitment), fields.commitment);
  assert.equal(bytesToHex(witnessCommitmentScript(commitment)), fields.script);
}

interface TreeCase {
  readonly chain_ids: readonly string[];
  readonly size: string;
  readonly slots: Readonly<Record<string, string>>;
}

function checkTree({ chain_ids, size, slots }: TreeCase): void {
  const tree = auxpowTree(chain_ids.map(Number));
  assert.equal(tree.size, Number(size));
  const found = Object.fromEntries([...tree.slots].map(([chainId, slot]) => [String(slot), String(chainId)]));
  assert.deepEqual(found, slots);
}

export const transactionHandlers: FileHandler = {
  tx: (v) => eachCase(v as TransactionCase[], checkTransaction),
  tx_in: (v) =>
    eachCase(v as { hex: string; value: InputFields }[], ({ hex, value }) => {
      const input = inputOf(value);
      assert.equal(bytesToHex(encode(transactionInput, input)), hex);
      assert.deepEqual(decode(transactionInput, hexToBytes(hex)), input);
    }),
  header: (v) => eachCase(v as HeaderCase[], checkHeader),
  witness_commitment: (v) => eachCase(v as CommitmentCase[], checkCommitment),
  auxpow_coinbase: (v) =>
    oneCase(() => {
      const { hex, merkle_root, size, nonce } = v as Record<"hex" | "merkle_root" | "nonce" | "size", string>;
      const commitment = { merkleRoot: hexToHash(merkle_root), size: Number(size), nonce: Number(nonce) };
      assert.equal(bytesToHex(auxpowCommitment(commitment)), hex);
    }),
  auxpow_tree: (v) => eachCase(v as TreeCase[], checkTree),
};
