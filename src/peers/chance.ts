import { asciiToBytes } from "../core/bytes.js";
import { hmacSha256 } from "../core/hash/index.js";
import type { Random } from "../core/random.js";

/** Draws that the protocol and the address book need, from the given source of chance. */

/** Uniform in 0..count-1. */
export function randomBelow(random: Random, count: number): number {
  return Math.floor(random.uniform() * count);
}

export function pick<T>(random: Random, items: readonly T[]): T | undefined {
  return items[randomBelow(random, items.length)];
}

/** Uniform between the two. */
export function between(random: Random, least: number, most: number): number {
  return least + random.uniform() * (most - least);
}

/** A waiting time of events that come at random, by its mean. */
export function exponential(random: Random, mean: number): number {
  return -Math.log(1 - random.uniform()) * mean;
}

export function randomBytes(random: Random, length: number): Uint8Array {
  const bytes = new Uint8Array(4 * Math.ceil(length / 4));
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < bytes.length; i += 4) view.setUint32(i, random.uint32());
  return bytes.subarray(0, length);
}

/** A new order of the same items. */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = randomBelow(random, i + 1);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

/** A number that only the holder of the key can predict: uniform in 0..2^32-1, the same for the same text. */
export function keyedNumber(key: Uint8Array, text: string): number {
  const hash = hmacSha256(key, asciiToBytes(text));
  return new DataView(hash.buffer, hash.byteOffset).getUint32(0);
}
