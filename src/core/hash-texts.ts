import { copyBytes, hashToHex } from "./bytes.js";

const HASH_BYTES = 32;
const SLOTS = 1024;

/**
 * Display forms of hashes that were read lately. In a chain each hash stands in several items, and the same text for all of
 * them is made once, kept once, and equal at a glance. It changes no answer: what is not remembered is made again.
 */
export class HashTexts {
  /** The hash in each slot. */
  private readonly hashes = new Uint8Array(SLOTS * HASH_BYTES);
  private readonly texts = new Array<string | null>(SLOTS).fill(null);

  /** Display form of the 32 bytes at `offset`. */
  textOf(bytes: Uint8Array, offset: number): string {
    // The lowest bytes: of a hash that proves work the highest are zero.
    const slot = (bytes[offset]! | (bytes[offset + 1]! << 8)) % SLOTS;
    const known = this.texts[slot]!;
    if (known !== null && this.holds(slot * HASH_BYTES, bytes, offset)) return known;
    const text = hashToHex(bytes.subarray(offset, offset + HASH_BYTES));
    copyBytes(bytes, offset, this.hashes, slot * HASH_BYTES, HASH_BYTES);
    this.texts[slot] = text;
    return text;
  }

  private holds(at: number, bytes: Uint8Array, offset: number): boolean {
    for (let i = 0; i < HASH_BYTES; i++) if (this.hashes[at + i] !== bytes[offset + i]) return false;
    return true;
  }
}
