import { WITNESS_RESERVED, witnessCommitment } from "../bitcoin/transaction.js";
import { bigIntToBytesLE, concatBytes } from "../core/bytes.js";
import { encode, varint } from "../core/codec.js";
import { DraftError } from "./errors.js";
import type { Payee } from "./payout-window.js";
import type { Split } from "./payouts.js";
import type { ShareRules, VersionRules } from "./rules.js";
import { GENTX_CONSTANT_END } from "./share.js";
import type { GentxSize } from "./share-node.js";

/** The last 44 bytes of the stripped form: reference hash, the eight bytes miners vary, lock time. */
export const GENTX_SUFFIX_SIZE = 44;

const VERSION_AND_INPUT = concatBytes(
  Uint8Array.of(1, 0, 0, 0, 1),
  new Uint8Array(32),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff),
);
const SEQUENCE = Uint8Array.of(0xff, 0xff, 0xff, 0xff);
const COMMITMENT_HEAD = concatBytes(new Uint8Array(8), Uint8Array.of(0x26, 0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed));
const LOCK_TIME = new Uint8Array(4);
/** Marker and flag, one stack of one item of 32 bytes. */
const WITNESS_OVERHEAD = 2 + 2 + WITNESS_RESERVED.length;

/**
 * The stripped generation transaction (spec/03 §4). Everything before its last 44 bytes is what a hash link hashes; it always
 * ends with the same 79 bytes, because the donation's script and the head of the last output stand there.
 */
export function strippedGentx(
  coinbase: Uint8Array,
  wtxidMerkleRoot: Uint8Array | null,
  { payees, donation }: Split,
  scripts: readonly Uint8Array[],
  refHash: Uint8Array,
  lastTxoutNonce: Uint8Array,
  room: (size: number) => Uint8Array = (size) => new Uint8Array(size),
): Uint8Array {
  const head = concatBytes(
    VERSION_AND_INPUT,
    compactSize(coinbase.length),
    coinbase,
    SEQUENCE,
    compactSize((wtxidMerkleRoot === null ? 0 : 1) + payees.length + 2),
    ...(wtxidMerkleRoot === null ? [] : [COMMITMENT_HEAD, witnessCommitment(wtxidMerkleRoot)]),
  );
  const end = concatBytes(bigIntToBytesLE(donation, 8), GENTX_CONSTANT_END, refHash, lastTxoutNonce, LOCK_TIME);
  let size = head.length + end.length;
  for (const script of scripts) size += 8 + script.length;
  const bytes = room(size);
  bytes.set(head);
  writePayouts(bytes, head.length, payees, scripts);
  bytes.set(end, size - end.length);
  return bytes;
}

function compactSize(value: number): Uint8Array {
  return value < 0xfd ? Uint8Array.of(value) : encode(varint, BigInt(value));
}

/** Byte by byte: a call of `set` costs more than the loop for outputs as short as these, of which there may be thousands. */
function writePayouts(
  bytes: Uint8Array,
  offset: number,
  payees: readonly Payee[],
  scripts: readonly Uint8Array[],
): void {
  for (let i = 0; i < payees.length; i++) {
    const { low, high } = payees[i]!;
    bytes[offset] = low;
    bytes[offset + 1] = low >>> 8;
    bytes[offset + 2] = low >>> 16;
    bytes[offset + 3] = low >>> 24;
    bytes[offset + 4] = high;
    bytes[offset + 5] = high >>> 8;
    bytes[offset + 6] = high >>> 16;
    bytes[offset + 7] = high >>> 24;
    offset += 8;
    const script = scripts[i]!;
    for (let j = 0; j < script.length; j++) bytes[offset + j] = script[j]!;
    offset += script.length;
  }
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

/** Output scripts of the payees by the rules of a share version. @throws DraftError for an address that has none. */
export function payeeScripts(payees: readonly Payee[], version: VersionRules, rules: ShareRules): Uint8Array[] {
  const { format } = version;
  const scripts: Uint8Array[] = [];
  for (const payee of payees) {
    // Remembered where the payee is: a look-up in a map for each payee of each share would take longer than all the rest.
    if (payee.scriptOf !== version) {
      payee.script = rules.outputScript(payee.address, format.padding);
      payee.scriptOf = version;
    }
    if (payee.script === null) {
      throw new DraftError(`cannot pay ${payee.address} in version ${format.version}`, {
        code: "DRAFT_ADDRESS_UNUSABLE",
      });
    }
    scripts.push(payee.script);
  }
  return scripts;
}
