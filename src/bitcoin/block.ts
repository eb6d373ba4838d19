import { copyBytes, hashToHex, setHash, setUint32 } from "../core/bytes.js";
import { type Codec, composed, hash256Bytes, maybeHash, u32, Writer } from "../core/codec.js";
import type { CompactBits } from "../core/compact.js";
import { hash256 } from "../core/hash/index.js";
import type { BlockHash } from "./template.js";

export type { BlockHash };

/** The 80 bytes that are hashed (spec/01 §7). */
export interface BlockHeader {
  readonly version: number;
  /** Null for the first block of a chain. */
  readonly previousBlock: BlockHash | null;
  /** 32 bytes, wire order. */
  readonly merkleRoot: Uint8Array;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly bits: CompactBits;
  readonly nonce: number;
}

export const BLOCK_HEADER_SIZE = 80;

export const blockHeader: Codec<BlockHeader> = composed<BlockHeader>({
  version: u32,
  previousBlock: maybeHash as Codec<BlockHash | null>,
  merkleRoot: hash256Bytes,
  timestamp: u32,
  bits: u32,
  nonce: u32,
});

/** The 80 bytes of a header, in one piece: this is done once for every share. `bytes`: room for them. */
export function encodeBlockHeader(
  header: BlockHeader,
  bytes: Uint8Array = new Uint8Array(BLOCK_HEADER_SIZE),
): Uint8Array {
  setUint32(bytes, 0, header.version);
  if (header.previousBlock === null) bytes.fill(0, 4, 36);
  else setHash(bytes, 4, header.previousBlock);
  copyBytes(header.merkleRoot, 0, bytes, 36, 32);
  setUint32(bytes, 68, header.timestamp);
  setUint32(bytes, 72, header.bits);
  setUint32(bytes, 76, header.nonce);
  return bytes;
}

/** Display form of hash256 of a header's 80 bytes: the identity of blocks and shares, on scrypt chains too. */
export function blockHash(header80: Uint8Array): BlockHash {
  return hashToHex(hash256(header80)) as BlockHash;
}

/**
 * A block for the daemon: header, count, transactions in full form, and on Litecoin the extension block, which is `01`
 * and the template's bytes (spec/07 §6.2).
 */
export function serialiseBlock(
  header80: Uint8Array,
  transactions: readonly Uint8Array[],
  mweb: Uint8Array | null = null,
): Uint8Array {
  const size = transactions.reduce((sum, raw) => sum + raw.length, BLOCK_HEADER_SIZE + 9 + 1 + (mweb?.length ?? 0));
  const writer = new Writer(size);
  writer.raw(header80);
  writer.varint(transactions.length);
  for (const raw of transactions) writer.raw(raw);
  if (mweb !== null) {
    writer.u8(1);
    writer.raw(mweb);
  }
  return writer.finish();
}
