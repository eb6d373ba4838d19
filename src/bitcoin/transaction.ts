import { concatBytes } from "../core/bytes.js";
import {
  type Codec,
  CodecError,
  composed,
  encode,
  list,
  Reader,
  u32,
  u64,
  varstr,
  type Writer,
} from "../core/codec.js";
import { hash256, hash256Pair } from "../core/hash/index.js";

/** Transactions (spec/01 §6). Hashes are 32 bytes in wire order; what is read are views into the input. */
export interface OutPoint {
  readonly hash: Uint8Array;
  readonly index: number;
}

export interface TransactionInput {
  /** Null for the input of a generation transaction. */
  readonly previousOutput: OutPoint | null;
  readonly script: Uint8Array;
  readonly sequence: number;
}

export interface TransactionOutput {
  /** Satoshi. */
  readonly value: bigint;
  readonly script: Uint8Array;
}

export interface StrippedTransaction {
  readonly version: number;
  readonly inputs: readonly TransactionInput[];
  readonly outputs: readonly TransactionOutput[];
  readonly lockTime: number;
}

export interface Transaction extends StrippedTransaction {
  /** One stack for each input, or null without witness form. */
  readonly witnesses: readonly (readonly Uint8Array[])[] | null;
  /** What the full form carries besides inputs and outputs: `FLAG_WITNESS`, `FLAG_MWEB`; 0 for the plain form. */
  readonly flag: number;
}

/** A witness stack for each input. */
export const FLAG_WITNESS = 1;
/** Litecoin's HogEx: the transaction of a block that stands for its extension block. */
export const FLAG_MWEB = 8;

const NO_OUTPUT_INDEX = 0xffffffff;
const ZERO_HASH = new Uint8Array(32);

/** 32 zero bytes and index 2^32-1 stand for null. */
const previousOutput: Codec<OutPoint | null> = {
  read: (r) => {
    const hash = r.raw(32);
    const index = r.u32();
    return isNullOutput(hash, index) ? null : { hash, index };
  },
  write: (w, v) => {
    if (v !== null && isNullOutput(v.hash, v.index)) {
      throw new CodecError("the null output stands for none", "CODEC_VALUE_RANGE");
    }
    const { hash, index } = v ?? { hash: ZERO_HASH, index: NO_OUTPUT_INDEX };
    if (hash.length !== 32) throw new CodecError(`has ${hash.length} bytes, not 32`, "CODEC_VALUE_RANGE", "hash");
    w.raw(hash);
    w.u32(index);
  },
  minimumSize: 36,
};

function isNullOutput(hash: Uint8Array, index: number): boolean {
  return index === NO_OUTPUT_INDEX && hash.every((byte) => byte === 0);
}

export const transactionInput: Codec<TransactionInput> = composed<TransactionInput>({
  previousOutput,
  script: varstr,
  sequence: u32,
});

const transactionOutput: Codec<TransactionOutput> = composed<TransactionOutput>({ value: u64, script: varstr });

const inputs = list(transactionInput);
const outputs = list(transactionOutput);
const stack = list(varstr);

/** Version, inputs, outputs, lock time: what the transaction id commits to. */
export const strippedTransaction: Codec<StrippedTransaction> = composed<StrippedTransaction>({
  version: u32,
  inputs: inputs as Codec<readonly TransactionInput[]>,
  outputs: outputs as Codec<readonly TransactionOutput[]>,
  lockTime: u32,
});

/**
 * The full form. A zero where the count of inputs would be is a marker, and a flag byte follows. An unknown flag is an
 * error: what would follow it is unknown too. So is flag 0, which could not be written again as it was read.
 */
export const transaction: Codec<Transaction> = {
  read: (r) => {
    const version = r.u32();
    const flag = readFlag(r);
    const ins = within("inputs", () => inputs.read(r));
    const outs = within("outputs", () => outputs.read(r));
    const witnesses = flag & FLAG_WITNESS ? ins.map((_, i) => within(`witnesses.[${i}]`, () => stack.read(r))) : null;
    if (flag & FLAG_MWEB) readAbsentMweb(r);
    return { version, inputs: ins, outputs: outs, lockTime: r.u32(), witnesses, flag };
  },
  write: (w, v) => {
    checkFlag(v.flag);
    w.u32(v.version);
    if (v.flag !== 0) {
      w.u8(0);
      w.u8(v.flag);
    } else if (v.inputs.length === 0) {
      // Its count of inputs would be read as the marker.
      throw new CodecError("a plain transaction without inputs has no full form", "CODEC_VALUE_RANGE", "inputs");
    }
    within("inputs", () => inputs.write(w, v.inputs as TransactionInput[]));
    within("outputs", () => outputs.write(w, v.outputs as TransactionOutput[]));
    within("witnesses", () => writeWitnesses(w, v));
    if (v.flag & FLAG_MWEB) w.u8(0);
    w.u32(v.lockTime);
  },
  minimumSize: 10,
};

function writeWitnesses(writer: Writer, value: Transaction): void {
  const hasWitness = (value.flag & FLAG_WITNESS) !== 0;
  if (hasWitness !== (value.witnesses !== null)) throw new CodecError("does not fit the flag", "CODEC_VALUE_RANGE");
  if (value.witnesses === null) return;
  if (value.witnesses.length !== value.inputs.length) {
    throw new CodecError(`${value.witnesses.length} stacks for ${value.inputs.length} inputs`, "CODEC_VALUE_RANGE");
  }
  for (const items of value.witnesses) stack.write(writer, items as Uint8Array[]);
}

/** Goes past marker and flag if they are there, and no further. */
function readFlag(reader: Reader): number {
  const start = reader.offset;
  if (reader.u8() !== 0) {
    reader.offset = start;
    return 0;
  }
  const flag = reader.u8();
  if (flag === 0) throw new CodecError("flag 0 after the marker", "CODEC_NON_CANONICAL", "flag");
  checkFlag(flag);
  return flag;
}

function checkFlag(flag: number): void {
  if ((flag & ~(FLAG_WITNESS | FLAG_MWEB)) !== 0)
    throw new CodecError(`unknown flag ${flag}`, "CODEC_VALUE_RANGE", "flag");
}

/** Inside blocks the extension part of a transaction is never there: one zero byte says so. */
function readAbsentMweb(reader: Reader): void {
  if (reader.u8() !== 0) throw new CodecError("carries an extension transaction", "CODEC_VALUE_RANGE", "mweb");
}

function within<T>(field: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof CodecError ? error.under(field) : error;
  }
}

/** Hash of the stripped form. */
export function transactionId(value: StrippedTransaction): Uint8Array {
  return hash256(encode(strippedTransaction, value));
}

/** Hash of the full form: the key of a transaction in old shares and in P2P messages. */
export function transactionHash(value: Transaction): Uint8Array {
  return hash256(encode(transaction, value));
}

/** The leaf of a transaction in the witness merkle tree: its id if every stack is empty. */
export function wtxidForCommitment(value: Transaction): Uint8Array {
  return hasWitness(value) ? transactionHash(value) : transactionId(value);
}

function hasWitness(value: Transaction): boolean {
  return value.witnesses?.some((items) => items.length > 0) ?? false;
}

export interface TransactionSizes {
  readonly stripped: number;
  readonly full: number;
  /** Full + 3 × stripped size; an extension part does not count. */
  readonly weight: number;
}

export function transactionSizes(value: Transaction): TransactionSizes {
  return sizesOf(encode(strippedTransaction, value).length, encode(transaction, value).length, value.flag);
}

/** Litecoin leaves the extension part out of the weight: its one byte, and with no witness also marker and flag. */
function sizesOf(stripped: number, full: number, flag: number): TransactionSizes {
  const counted = flag === FLAG_MWEB ? stripped : flag & FLAG_MWEB ? full - 1 : full;
  return { stripped, full, weight: counted + 3 * stripped };
}

export interface TransactionSummary extends TransactionSizes {
  readonly txid: Uint8Array;
  readonly flag: number;
  /** Whether a witness stack is not empty, so that the witness tree holds the full hash rather than the id. */
  readonly hasWitness: boolean;
}

/**
 * Id and sizes of a full serialisation without building the transaction: only the stripped form of a transaction with
 * witnesses is copied, to hash it. Checks the shape as `transaction` does. @throws CodecError
 */
export function summarizeTransaction(raw: Uint8Array): TransactionSummary {
  const reader = new Reader(raw);
  reader.raw(4);
  const flag = readFlag(reader);
  const body = reader.offset;
  const inputCount = skipItems(reader, 41, skipInput);
  skipItems(reader, 9, skipOutput);
  const bodyEnd = reader.offset;
  let hasItems = false;
  if (flag & FLAG_WITNESS) {
    for (let i = 0; i < inputCount; i++) hasItems = skipItems(reader, 1, skipString) > 0 || hasItems;
  }
  if (flag & FLAG_MWEB) readAbsentMweb(reader);
  const lockTime = reader.raw(4);
  reader.end();
  const stripped = flag === 0 ? raw : concatBytes(raw.subarray(0, 4), raw.subarray(body, bodyEnd), lockTime);
  return { txid: hash256(stripped), flag, hasWitness: hasItems, ...sizesOf(stripped.length, raw.length, flag) };
}

function skipItems(reader: Reader, minimumSize: number, skip: (reader: Reader) => void): number {
  const count = reader.count(minimumSize);
  for (let i = 0; i < count; i++) skip(reader);
  return count;
}

function skipString(reader: Reader): void {
  reader.raw(reader.count(1));
}

function skipInput(reader: Reader): void {
  reader.raw(36);
  skipString(reader);
  reader.raw(4);
}

function skipOutput(reader: Reader): void {
  reader.raw(8);
  skipString(reader);
}

/** The reserved value in the witness of P2Pool's generation transactions: ASCII "[P2Pool]" four times. */
export const WITNESS_RESERVED: Uint8Array = Uint8Array.from("[P2Pool]".repeat(4), (char) => char.charCodeAt(0));

const WITNESS_COMMITMENT_PREFIX = Uint8Array.of(0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed);

/** hash256(root of the witness tree, reserved value); 32 bytes in wire order. */
export function witnessCommitment(root: Uint8Array, reserved: Uint8Array = WITNESS_RESERVED): Uint8Array {
  return hash256Pair(root, reserved);
}

/** The output script that carries a witness commitment. */
export function witnessCommitmentScript(commitment: Uint8Array): Uint8Array {
  return concatBytes(WITNESS_COMMITMENT_PREFIX, commitment);
}
