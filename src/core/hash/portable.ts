import { ripemd160 as nobleRipemd160 } from "@noble/hashes/legacy.js";
import { scrypt as nobleScrypt } from "@noble/hashes/scrypt.js";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";

/** Hashes for where there is no Node: the browser (import condition `#hash`). */
export function sha256(data: Uint8Array): Uint8Array {
  return nobleSha256(data);
}

export function ripemd160(data: Uint8Array): Uint8Array {
  return nobleRipemd160(data);
}

/** scrypt with N = 1024, r = p = 1, password = salt = the header; 32 bytes. */
export function scryptHeader(header: Uint8Array): Uint8Array {
  return nobleScrypt(header, header, { N: 1024, r: 1, p: 1, dkLen: 32 });
}
