import { hash, scryptSync } from "node:crypto";

/** The same three functions as core/hash/portable, by Node's native code (import condition `#hash`). */
export function sha256(data: Uint8Array): Uint8Array {
  return plain(hash("sha256", data, "buffer"));
}

export function ripemd160(data: Uint8Array): Uint8Array {
  return plain(hash("ripemd160", data, "buffer"));
}

/** scrypt with N = 1024, r = p = 1, password = salt = the header; 32 bytes. */
export function scryptHeader(header: Uint8Array): Uint8Array {
  return plain(scryptSync(header, header, 32, { N: 1024, r: 1, p: 1 }));
}

/** The bytes without Buffer's methods: its `slice` does not copy, which would surprise code that also runs elsewhere. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
