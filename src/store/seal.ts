import { crc32 } from "node:zlib";
import { StoreError } from "./errors.js";

const SEAL_SIZE = 4;

/**
 * A value with a checksum of itself and its key in front (spec/05 §3.1): LevelDB checks its own checksums only where it is
 * told to, and its library does not tell it.
 */
export function seal(key: string, payload: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(SEAL_SIZE + payload.length);
  sealed.set(payload, SEAL_SIZE);
  new DataView(sealed.buffer).setUint32(0, checksum(key, payload));
  return sealed;
}

/** The payload, a view into the value; null if it is damaged. */
export function unseal(key: string, sealed: Uint8Array): Uint8Array | null {
  if (sealed.length < SEAL_SIZE) return null;
  const payload = sealed.subarray(SEAL_SIZE);
  const stored = new DataView(sealed.buffer, sealed.byteOffset).getUint32(0);
  return stored === checksum(key, payload) ? payload : null;
}

function checksum(key: string, payload: Uint8Array): number {
  return crc32(payload, crc32(key));
}

/** @throws StoreError for a value that is no JSON, or larger than `mostBytes` */
export function sealJson(key: string, value: unknown, mostBytes: number): Uint8Array {
  const text = toJson(value);
  if (text === null) throw new StoreError("a value to be stored is no JSON", "STORE_VALUE");
  const payload = new TextEncoder().encode(text);
  if (payload.length > mostBytes) {
    throw new StoreError(`a value to be stored has ${payload.length} bytes, the most is ${mostBytes}`, "STORE_VALUE");
  }
  return seal(key, payload);
}

function toJson(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null;
  } catch (error) {
    // A bigint, or a circle.
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** Undefined if it is damaged; sealed values are JSON, and JSON has no undefined. */
export function unsealJson(key: string, sealed: Uint8Array): unknown {
  const payload = unseal(key, sealed);
  return payload === null ? undefined : JSON.parse(new TextDecoder().decode(payload));
}
