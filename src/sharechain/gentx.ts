import { WITNESS_RESERVED } from "../bitcoin/transaction.js";
import { concatBytes, setUint64 } from "../core/bytes.js";
import { encode, type Room, varint } from "../core/codec.js";
import type { GentxSize } from "./share-node.js";
import type { Split } from "./split.js";

/** The last 44 bytes of the stripped form: reference hash, the eight bytes miners vary, lock time. */
export const GENTX_SUFFIX_SIZE = 44;

const VERSION_AND_INPUT = concatBytes(
  Uint8Array.of(1, 0, 0, 0, 1),
  new Uint8Array(32),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff),
);
const SEQUENCE = Uint8Array.of(0xff, 0xff, 0xff, 0xff);
const COMMITMENT_HEAD = concatBytes(new Uint8Array(8), Uint8Array.of(0x26, 0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed));
export const LOCK_TIME = new Uint8Array(4);
/** What does not depend on the share: input, sequence, amount of the donation, and the suffix. */
const FIXED_SIZE = VERSION_AND_INPUT.length + SEQUENCE.length + 8 + GENTX_SUFFIX_SIZE;
/** Marker and flag, one stack of one item of 32 bytes. */
const WITNESS_OVERHEAD = 2 + 2 + WITNESS_RESERVED.length;

/**
 * The stripped generation transaction (spec/03 §4). Everything before its last 44 bytes is what a hash link hashes; it always
 * ends with the same bytes, because the donation's script and the head of the last output stand there. `commitment`: to the
 * witnesses, 32 bytes; null where segwit is not active.
 */
export function strippedGentx(
  coinbase: Uint8Array,
  commitment: Uint8Array | null,
  split: Split,
  refHash: Uint8Array,
  lastTxoutNonce: Uint8Array,
  constantEnd: Uint8Array,
  room: Room = (size) => new Uint8Array(size),
): Uint8Array {
  const inputLength = compactSize(coinbase.length);
  const outputCount = compactSize((commitment === null ? 0 : 1) + split.count + 2);
  let size = FIXED_SIZE + constantEnd.length + inputLength.length + coinbase.length + outputCount.length + split.size;
  if (commitment !== null) size += COMMITMENT_HEAD.length + 32;

  // Parts are set where they belong rather than joined: this is done once for every share.
  const bytes = room(size);
  let offset = 0;
  const put = (part: Uint8Array): void => {
    bytes.set(part, offset);
    offset += part.length;
  };
  put(VERSION_AND_INPUT);
  put(inputLength);
  put(coinbase);
  put(SEQUENCE);
  put(outputCount);
  if (commitment !== null) {
    put(COMMITMENT_HEAD);
    put(commitment);
  }
  split.copy(bytes, offset);
  offset += split.size;
  setUint64(bytes, offset, split.donation);
  offset += 8;
  put(constantEnd);
  put(refHash);
  put(lastTxoutNonce);
  put(LOCK_TIME);
  return bytes;
}

function compactSize(value: number): Uint8Array {
  return value < 0xfd ? Uint8Array.of(value) : encode(varint, BigInt(value));
}

/** The stripped transaction. */
export function completeGentx(prefix: Uint8Array, refHash: Uint8Array, lastTxoutNonce: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(prefix.length + GENTX_SUFFIX_SIZE);
  bytes.set(prefix);
  bytes.set(refHash, prefix.length);
  bytes.set(lastTxoutNonce, prefix.length + 32);
  return bytes;
}

/** The form that goes into a block: with marker, flag and witness where the share is segwit-active. */
export function gentxWithWitness(stripped: Uint8Array): Uint8Array {
  return concatBytes(
    stripped.subarray(0, 4),
    Uint8Array.of(0, 1),
    stripped.subarray(4, stripped.length - 4),
    Uint8Array.of(1, WITNESS_RESERVED.length),
    WITNESS_RESERVED,
    stripped.subarray(stripped.length - 4),
  );
}

export function gentxSize(strippedSize: number, segwitActive: boolean): GentxSize {
  return { stripped: strippedSize, weight: 4 * strippedSize + (segwitActive ? WITNESS_OVERHEAD : 0) };
}
