import { type BlockHash, type BlockHeader, blockHash, blockHeader, encodeBlockHeader } from "../../bitcoin/block.js";
import { decode } from "../../core/codec.js";

/** A block header with its identity. */
export interface KnownHeader {
  readonly hash: BlockHash;
  readonly header: BlockHeader;
  /** The 80 bytes. */
  readonly bytes: Uint8Array;
}

/** The header in memory of its own: what comes out of a message is a view into far more. */
export function knownHeader(header: BlockHeader): KnownHeader {
  return headerFromBytes(encodeBlockHeader(header));
}

/** @throws CodecError if they are not 80 bytes */
export function headerFromBytes(bytes: Uint8Array): KnownHeader {
  return { hash: blockHash(bytes), header: decode(blockHeader, bytes), bytes };
}
