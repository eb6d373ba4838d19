import { blockHash } from "../bitcoin/block.js";
import { bigIntToBytesLE } from "../core/bytes.js";
import type { Random } from "../core/random.js";

/** What no target allows. */
const WORTHLESS = new Uint8Array(32).fill(0xff);

/**
 * Proof of work by drawing. A miner's solution is given a hash drawn uniformly below the target it was mined for; every node
 * that asks for the hash of the same header gets the same. A header that nobody mined has a worthless one. All else about a
 * share is what it would be: its id is the hash of its header, so that this serves coins whose proof of work is another hash
 * than that of their headers, as scrypt is.
 */
export class DrawnWork {
  private readonly hashes = new Map<string, Uint8Array>();

  /** The hash of a header that was mined for `target`, a share if it meets `kept`; others are not remembered. */
  mined(header: Uint8Array, drawn: bigint, isKept: boolean): Uint8Array {
    const hash = bigIntToBytesLE(drawn, 32);
    if (isKept) this.hashes.set(blockHash(header), hash);
    return hash;
  }

  /** The proof-of-work hash of any header. */
  hash(header: Uint8Array): Uint8Array {
    return this.hashes.get(blockHash(header)) ?? WORTHLESS;
  }
}

/** Uniform in 0..target. */
export function drawBelow(target: bigint, random: Random): bigint {
  const fraction = (BigInt(random.uint32()) << 32n) | BigInt(random.uint32());
  return (target * fraction) >> 64n;
}

/** Time to the next of events that happen at random, `mean` apart. */
export function drawWait(mean: number, random: Random): number {
  return -Math.log(1 - random.uniform()) * mean;
}

/** Of the normal distribution (Box and Muller). */
export function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}
