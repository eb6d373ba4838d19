import { bigIntToBytesLE, bytesToHex, concatBytes, tryHexToBytes } from "../../core/bytes.js";
import { hash256, Sha256 } from "../../core/hash/index.js";
import { merkleApply } from "../../core/merkle.js";
import type { Job } from "../../work/job.js";
import { minedHeader } from "../../work/mined-header.js";

/** What getwork answers with (spec/11 §3.3): everything hex, every 4-byte word of header and state reversed. */
export interface GetworkData {
  readonly data: string;
  readonly hash1: string;
  readonly midstate: string;
  readonly target: string;
}

/** SHA-256 padding that makes 128 bytes of a header, words reversed. */
const DATA_PADDING = `00000080${"0".repeat(80)}80020000`;
/** The block of the second hash with an all-zero digest, words reversed. */
const HASH1 = `${"0".repeat(64)}00000080${"0".repeat(48)}00010000`;
const HEADER_SIZE = 80;
const PADDED_SIZE = 128;

/** The 80 bytes that a job's miners hash, nonce 0. */
export function jobHeader(job: Job, extranonce: Uint8Array, time: number): Uint8Array {
  const { coinbase, header, merkleBranch } = job;
  const gentxHash = hash256(concatBytes(coinbase.prefix, extranonce, coinbase.suffix));
  const { version } = header;
  return minedHeader(header, merkleApply(gentxHash, merkleBranch), { version, time, nonce: 0 });
}

export function encodeGetwork(header: Uint8Array, target: bigint): GetworkData {
  return {
    data: bytesToHex(reverseWords(header)) + DATA_PADDING,
    hash1: HASH1,
    midstate: bytesToHex(reverseWords(Sha256.create().update(header.subarray(0, 64)).exportState())),
    target: bytesToHex(bigIntToBytesLE(target, 32)),
  };
}

export interface SolvedHeader {
  readonly version: number;
  /** 32 bytes each, wire order. */
  readonly previousBlock: Uint8Array;
  readonly merkleRoot: Uint8Array;
  readonly time: number;
  readonly bits: number;
  readonly nonce: number;
}

/** The header that a miner sends back; null if it is no hex of at least a header and at most what we sent. */
export function decodeGetwork(hex: string): SolvedHeader | null {
  if (hex.length < 2 * HEADER_SIZE || hex.length > 2 * PADDED_SIZE || hex.length % 8 !== 0) return null;
  const bytes = tryHexToBytes(hex);
  if (bytes === null) return null;
  const header = reverseWords(bytes.subarray(0, HEADER_SIZE));
  const view = new DataView(header.buffer);
  return {
    version: view.getUint32(0, true),
    previousBlock: header.slice(4, 36),
    merkleRoot: header.slice(36, 68),
    time: view.getUint32(68, true),
    bits: view.getUint32(72, true),
    nonce: view.getUint32(76, true),
  };
}

function reverseWords(bytes: Uint8Array): Uint8Array {
  const reversed = new Uint8Array(bytes.length);
  for (let word = 0; word < bytes.length; word += 4) {
    for (let i = 0; i < 4; i++) reversed[word + i] = bytes[word + 3 - i]!;
  }
  return reversed;
}
