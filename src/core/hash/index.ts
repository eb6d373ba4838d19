import * as native from "#hash";
import { concatBytes } from "../bytes.js";

export { hash256Branch, hash256Node, hash256Pair, Sha256 } from "./sha256.js";

export function sha256(data: Uint8Array): Uint8Array {
  return native.sha256(data);
}

/** Double SHA-256: 32 bytes in wire order (spec/01 §4 reads them as a little-endian integer). `out`: room for them. */
export function hash256(data: Uint8Array, out?: Uint8Array): Uint8Array {
  return native.hash256(data, out);
}

/** RIPEMD-160 of SHA-256: 20 bytes in script order. */
export function hash160(data: Uint8Array): Uint8Array {
  return native.ripemd160(sha256(data));
}

const BLOCK_BYTES = 64;

/** HMAC-SHA256 (RFC 2104). */
export function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  const padded = new Uint8Array(BLOCK_BYTES);
  padded.set(key.length > BLOCK_BYTES ? sha256(key) : key);
  const inner = sha256(
    concatBytes(
      padded.map((byte) => byte ^ 0x36),
      data,
    ),
  );
  return sha256(
    concatBytes(
      padded.map((byte) => byte ^ 0x5c),
      inner,
    ),
  );
}

/** Proof-of-work functions: 80 header bytes to 32 bytes in wire order. */
export type PowName = "sha256d" | "scrypt";

export function powHash(pow: PowName, header: Uint8Array): Uint8Array {
  return pow === "sha256d" ? hash256(header) : native.scryptHeader(header);
}

/** Whether a hash in wire order, as a little-endian integer, is at most the target (given as 32 such bytes). */
export function hashMeetsTarget(hash: Uint8Array, target: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const difference = hash[i]! - target[i]!;
    if (difference !== 0) return difference < 0;
  }
  return true;
}
