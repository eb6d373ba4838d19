import { WITNESS_RESERVED, witnessCommitment } from "../bitcoin/transaction.js";
import { concatBytes } from "../core/bytes.js";
import { Writer } from "../core/codec.js";
import type { Payout } from "./payouts.js";
import type { ShareRules } from "./rules.js";
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
/** Marker and flag, one stack of one item of 32 bytes. */
const WITNESS_OVERHEAD = 2 + 2 + WITNESS_RESERVED.length;

/**
 * Everything of the stripped generation transaction before its last 44 bytes (spec/03 §4): what a hash link hashes. Always
 * ends with the same 79 bytes, because the donation's script and the head of the last output stand there.
 */
export function gentxPrefix(
  coinbase: Uint8Array,
  wtxidMerkleRoot: Uint8Array | null,
  payees: readonly Payout[],
  donation: bigint,
  script: (address: string) => Uint8Array,
): Uint8Array {
  const writer = new Writer(512 + 48 * payees.length);
  writer.raw(VERSION_AND_INPUT);
  writer.varint(coinbase.length);
  writer.raw(coinbase);
  writer.raw(SEQUENCE);
  writer.varint((wtxidMerkleRoot === null ? 0 : 1) + payees.length + 2);
  if (wtxidMerkleRoot !== null) {
    writer.raw(COMMITMENT_HEAD);
    writer.raw(witnessCommitment(wtxidMerkleRoot));
  }
  for (const { address, amount } of payees) {
    writer.u64(amount);
    writer.raw(script(address));
  }
  writer.u64(donation);
  writer.raw(GENTX_CONSTANT_END);
  return writer.finish();
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

/** Scripts of the payees under a padding rule. @throws whatever `unusable` makes for an address without one. */
export function scriptSource(
  rules: ShareRules,
  padding: "fixed" | "old",
  unusable: (address: string) => Error,
): (address: string) => Uint8Array {
  return (address) => {
    const script = rules.outputScript(address, padding);
    if (script === null) throw unusable(address);
    return script;
  };
}
