import { hash, scryptSync } from "node:crypto";

/**
 * The same functions as core/hash/portable, by Node's native code (import condition `#hash`). A digest as text costs 0.25 µs and
 * as a Buffer 0.8: so it is asked for as characters, which even for 32 bytes is faster than any loop of ours.
 */
export function sha256(data: Uint8Array): Uint8Array {
  return charactersTo(new Uint8Array(32), hash("sha256", data, "binary"));
}

/** Scratch between the two hashes of one call. */
const FIRST = new Uint8Array(32);

export function hash256(data: Uint8Array, out: Uint8Array = new Uint8Array(32)): Uint8Array {
  charactersTo(FIRST, hash("sha256", data, "binary"));
  return charactersTo(out, hash("sha256", FIRST, "binary"));
}

export function ripemd160(data: Uint8Array): Uint8Array {
  return charactersTo(new Uint8Array(20), hash("ripemd160", data, "binary"));
}

/** scrypt with N = 1024, r = p = 1, password = salt = the header; 32 bytes. */
export function scryptHeader(header: Uint8Array): Uint8Array {
  const bytes = scryptSync(header, header, 32, { N: 1024, r: 1, p: 1 });
  // Without Buffer's methods: its `slice` does not copy, which would surprise code that also runs elsewhere.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

function charactersTo(bytes: Uint8Array, characters: string): Uint8Array {
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}
