import type { BlockHash, Template, TemplateTransaction } from "../bitcoin/template.js";
import { FLAG_MWEB, summarizeTransaction } from "../bitcoin/transaction.js";
import { hashToHex } from "../core/bytes.js";
import { bitsToTarget, MAX_256 } from "../core/compact.js";
import { P2PoolError } from "../core/errors.js";
import { hash256 } from "../core/hash/index.js";
import { finish } from "../core/merkle.js";
import type { BlockTemplate, BlockTemplateTransaction } from "./rpc/index.js";

export type TemplateErrorCode =
  | "TEMPLATE_BITS"
  /** The witness commitment that its transactions lead to is not the one that the daemon gives. */
  | "TEMPLATE_COMMITMENT"
  | "TEMPLATE_HEIGHT"
  /** Litecoin's extension block and the transaction that stands for it do not fit each other. */
  | "TEMPLATE_MWEB"
  /** Blocks of this signet need a signature that only its owner can make. */
  | "TEMPLATE_SIGNET"
  | "TEMPLATE_TIME"
  | "TEMPLATE_TRANSACTION"
  | "TEMPLATE_TRANSACTION_HASH";

/** A template that has the right shape and cannot be mined. `path` names the member. */
export class TemplateError extends P2PoolError<{ code: TemplateErrorCode; path: string }> {
  constructor(reason: string, code: TemplateErrorCode, path: string, options?: ErrorOptions) {
    super(`${path}: ${reason}`, { code, path }, options);
  }
}

/** Of this many hashes that the daemon gives, one is computed again (spec/07 §6.1). */
const CHECK_ONE_OF = 100;

/** A challenge that an empty solution satisfies, which a block may leave out. */
const OP_TRUE = "51";
/** Transactions read between two pauses: about half a millisecond. */
const STEP = 200;

/**
 * The daemon's template checked and decoded (spec/07 §6.1, spec/10 §3).
 *
 * @param height of the block to be built, in case the daemon does not say it.
 * @throws TemplateError
 */
export function createTemplate(answer: BlockTemplate, height: number, receivedAt: number): Template {
  return finish(templateInSteps(answer, height, receivedAt));
}

/** The same with pauses: there may be thousands of transactions. */
export function* templateInSteps(answer: BlockTemplate, height: number, receivedAt: number): Generator<void, Template> {
  if (height <= 0) throw new TemplateError(`${height} is not above the first block`, "TEMPLATE_HEIGHT", "height");
  const bits = typeof answer.bits === "number" ? answer.bits : Number.parseInt(answer.bits, 16);
  const target = bitsToTarget(bits);
  if (target <= 0n || target > MAX_256) throw new TemplateError("no usable target", "TEMPLATE_BITS", "bits");
  const time = answer.time ?? answer.curtime;
  if (time === undefined) throw new TemplateError("is missing", "TEMPLATE_TIME", "curtime");
  if ((answer.signet_challenge ?? OP_TRUE) !== OP_TRUE) {
    const reason =
      "only the owner of this signet can sign its blocks; one whose challenge is 51 can be mined by anybody";
    throw new TemplateError(reason, "TEMPLATE_SIGNET", "signet_challenge");
  }
  return {
    previousBlock: answer.previousblockhash.toLowerCase() as BlockHash,
    height,
    bits,
    version: answer.version,
    requiredVersionBits: answer.vbrequired ?? 0,
    // A daemon that does not say what it would still accept gets no earlier time than its own.
    minTime: answer.mintime ?? time,
    time,
    subsidy: BigInt(answer.coinbasevalue),
    transactions: yield* readTransactions(answer.transactions, height),
    coinbaseFlags: readCoinbaseFlags(answer),
    rules: answer.rules,
    mweb: (answer.mweb ?? "") === "" ? null : fromHex(answer.mweb!),
    ...limitsOf(answer),
    receivedAt,
  };
}

function limitsOf(answer: BlockTemplate): Partial<Template> {
  const { sizelimit, weightlimit, sigoplimit, default_witness_commitment: commitment } = answer;
  return {
    ...(sizelimit === undefined ? {} : { sizeLimit: sizelimit }),
    ...(weightlimit === undefined ? {} : { weightLimit: weightlimit }),
    ...(sigoplimit === undefined ? {} : { sigopLimit: sigoplimit }),
    ...(commitment === undefined ? {} : { defaultWitnessCommitment: fromHex(commitment) }),
  };
}

/** All transactions and all their hashes are views into two buffers, since templates hold thousands of small ones. */
function* readTransactions(
  given: readonly BlockTemplateTransaction[],
  height: number,
): Generator<void, TemplateTransaction[]> {
  const total = given.reduce((sum, { data }) => sum + data.length / 2, 0);
  const bytes = Buffer.from(new ArrayBuffer(total));
  const hashes = Buffer.from(new ArrayBuffer(given.length * 2 * HASH_BYTES));
  const read: TemplateTransaction[] = [];
  for (let offset = 0; read.length < given.length; ) {
    offset = readSome(given, read, { bytes, hashes }, offset, height);
    if (read.length < given.length) yield;
  }
  return read;
}

/** The next ones. Returns where the data of those after them begins. */
function readSome(
  given: readonly BlockTemplateTransaction[],
  read: TemplateTransaction[],
  { bytes, hashes }: { readonly bytes: Buffer; readonly hashes: Buffer },
  offset: number,
  height: number,
): number {
  const end = Math.min(given.length, read.length + STEP);
  for (let index = read.length; index < end; index++) {
    const entry = given[index]!;
    const length = entry.data.length / 2;
    bytes.write(entry.data, offset, "hex");
    const data = new Uint8Array(bytes.buffer, offset, length);
    const hash = writeHash(entry.hash, hashes, 2 * index);
    const { txid } = entry;
    const ids = { hash, txid: txid === undefined ? hash : writeHash(txid, hashes, 2 * index + 1) };
    read.push(readTransaction(entry, data, ids, index, height));
    offset += length;
  }
  return offset;
}

const HASH_BYTES = 32;

/** The hash of a place among them, from its display form, which has been checked. */
function writeHash(hex: string, hashes: Buffer, index: number): Uint8Array {
  hashes.write(hex, index * HASH_BYTES, "hex");
  return new Uint8Array(hashes.buffer, index * HASH_BYTES, HASH_BYTES).reverse();
}

function readTransaction(
  entry: BlockTemplateTransaction,
  data: Uint8Array,
  { hash, txid }: Pick<TemplateTransaction, "hash" | "txid">,
  index: number,
  height: number,
): TemplateTransaction {
  const path = `transactions.${index}`;
  const { strippedSize, weight } = sizesOf(data, entry.weight, path);
  // Which ones are checked changes with the height, so that each kind of error is found soon.
  if (
    (index + height) % CHECK_ONE_OF === 0 &&
    !hasMweb(data) &&
    hashToHex(hash256(data)) !== entry.hash.toLowerCase()
  ) {
    throw new TemplateError("is not the hash of the data", "TEMPLATE_TRANSACTION_HASH", `${path}.hash`);
  }
  const fee = entry.fee === undefined ? null : BigInt(entry.fee);
  const { sigops } = entry;
  return sigops === undefined
    ? { data, txid, hash, fee, strippedSize, weight }
    : { data, txid, hash, fee, strippedSize, weight, sigops };
}

/**
 * Weight is full + 3 × stripped size, so the daemon's weight saves reading the transaction; except for Litecoin's HogEx,
 * whose weight leaves a part out, and when it does not add up.
 */
function sizesOf(
  data: Uint8Array,
  weight: number | undefined,
  path: string,
): { readonly strippedSize: number; readonly weight: number } {
  if (weight !== undefined && !hasMweb(data)) {
    const strippedSize = (weight - data.length) / 3;
    if (Number.isInteger(strippedSize) && strippedSize > 0 && strippedSize <= data.length) {
      return { strippedSize, weight };
    }
  }
  try {
    const sizes = summarizeTransaction(data);
    return { strippedSize: sizes.stripped, weight: sizes.weight };
  } catch (cause) {
    throw new TemplateError("is no transaction", "TEMPLATE_TRANSACTION", `${path}.data`, { cause });
  }
}

/** Whether it is Litecoin's HogEx: marker 0 and a flag byte follow the version. */
export function hasMweb(data: Uint8Array): boolean {
  return data[4] === 0 && ((data[5] ?? 0) & FLAG_MWEB) !== 0;
}

function readCoinbaseFlags(answer: BlockTemplate): Uint8Array {
  if (answer.coinbaseflags !== undefined) return fromHex(answer.coinbaseflags);
  const values = Object.values(answer.coinbaseaux ?? {}).filter((v): v is string => typeof v === "string");
  return fromHex(values.filter((v) => /^(?:[0-9a-f]{2})*$/i.test(v)).join(""));
}

function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}
