import { bigIntToMinimalBytesBE, bytesToBigIntLE, concatBytes } from "../core/bytes.js";

/** Building and reading scripts (spec/01 §9). */
const OP_PUSHDATA1 = 0x4c;
const OP_PUSHDATA2 = 0x4d;
const OP_PUSHDATA4 = 0x4e;
const OP_1NEGATE = 0x4f;
export const OP_1 = 0x51;
const OP_16 = 0x60;

/** CHECKSIG and CHECKSIGVERIFY count once, CHECKMULTISIG and its VERIFY form as twenty signatures. */
const SIGNATURE_OPERATIONS: ReadonlyMap<number, number> = new Map([
  [0xac, 1],
  [0xad, 1],
  [0xae, 20],
  [0xaf, 20],
]);

/** A script that pushes the items: small integers by their opcode, others in their shortest form. */
export function pushScript(items: readonly (bigint | Uint8Array)[]): Uint8Array {
  return concatBytes(...items.map((item) => (typeof item === "bigint" ? pushInteger(item) : pushBytes(item))));
}

function pushInteger(value: bigint): Uint8Array {
  if (value === -1n || (value >= 1n && value <= 16n)) return Uint8Array.of(Number(value) + OP_1 - 1);
  return pushBytes(scriptNumber(value));
}

/** Little-endian magnitude with the sign in the top bit of the last byte; empty for 0. */
function scriptNumber(value: bigint): Uint8Array {
  const magnitude = bigIntToMinimalBytesBE(value < 0n ? -value : value);
  const bytes = magnitude.length > 0 && magnitude[0]! >= 0x80 ? concatBytes(Uint8Array.of(0), magnitude) : magnitude;
  if (value < 0n) bytes[0] = bytes[0]! | 0x80;
  return bytes.reverse();
}

/** One push of bytes. The reference fails above 75 bytes; this is the standard form. */
export function pushBytes(data: Uint8Array): Uint8Array {
  const { length } = data;
  if (length < OP_PUSHDATA1) return concatBytes(Uint8Array.of(length), data);
  if (length <= 0xff) return concatBytes(Uint8Array.of(OP_PUSHDATA1, length), data);
  if (length <= 0xffff) return concatBytes(Uint8Array.of(OP_PUSHDATA2, length & 0xff, length >> 8), data);
  const prefix = new Uint8Array(5);
  prefix[0] = OP_PUSHDATA4;
  new DataView(prefix.buffer).setUint32(1, length, true);
  return concatBytes(prefix, data);
}

export interface ScriptOperation {
  readonly opcode: number;
  /** What it pushes; null if it is not a push. */
  readonly data: Uint8Array | null;
}

export interface ScriptReading {
  readonly operations: readonly ScriptOperation[];
  /** From the first push that is longer than the script; empty for a whole script. */
  readonly rest: Uint8Array;
}

/** Takes any bytes apart without ever failing; pushed data are views into the script. */
export function readScript(script: Uint8Array): ScriptReading {
  const operations: ScriptOperation[] = [];
  let offset = 0;
  while (offset < script.length) {
    const opcode = script[offset]!;
    const push = readPush(script, offset, opcode);
    if (push === null) return { operations, rest: script.subarray(offset) };
    operations.push({ opcode, data: push.data });
    offset = push.end;
  }
  return { operations, rest: script.subarray(offset) };
}

/** The operation at `offset`; null if its data end after the script does. */
function readPush(
  script: Uint8Array,
  offset: number,
  opcode: number,
): { readonly data: Uint8Array | null; readonly end: number } | null {
  if (opcode > OP_PUSHDATA4) return { data: pushedConstant(opcode), end: offset + 1 };
  const lengthSize = opcode < OP_PUSHDATA1 ? 0 : 2 ** (opcode - OP_PUSHDATA1);
  const start = offset + 1 + lengthSize;
  if (start > script.length) return null;
  const length = lengthSize === 0 ? opcode : Number(bytesToBigIntLE(script.subarray(offset + 1, start)));
  if (length > script.length - start) return null;
  return { data: script.subarray(start, start + length), end: start + length };
}

function pushedConstant(opcode: number): Uint8Array | null {
  if (opcode === OP_1NEGATE) return Uint8Array.of(0x81);
  return opcode >= OP_1 && opcode <= OP_16 ? Uint8Array.of(opcode - OP_1 + 1) : null;
}

/** Signature operations of a script, counted as for an output or an old-style input. */
export function countSignatureOperations(script: Uint8Array): number {
  let count = 0;
  for (const { opcode } of readScript(script).operations) count += SIGNATURE_OPERATIONS.get(opcode) ?? 0;
  return count;
}

/**
 * The height at the start of a coinbase script, for display only. Null where the reference fails: no push of bytes at the
 * start, as with heights up to 16, which are single opcodes.
 */
export function bip34Height(coinbase: Uint8Array): bigint | null {
  const opcode = coinbase[0];
  if (opcode === undefined || opcode > OP_PUSHDATA4) return null;
  const data = readPush(coinbase, 0, opcode)?.data;
  if (!data || data.length === 0) return null;
  const value = bytesToBigIntLE(data);
  return data[data.length - 1]! >= 0x80 ? -value : value;
}
