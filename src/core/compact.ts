/**
 * Targets, their 32-bit floating form ("bits") and what follows from them (spec/01 §3). A target is a bigint, bits a
 * number in 0..2^32-1. Two bits are equal only if all 32 bits are; targets are never compared in their place.
 */
export type CompactBits = number;

export const MAX_256 = (1n << 256n) - 1n;
const TWO_256 = 1n << 256n;
/** 0xffff·2^208: the target of difficulty 1. */
const DIFFICULTY_1_TARGET = 0xffffn << 208n;

/** There is no sign bit, and nothing bounds the exponent: the target may exceed 2^256. */
export function bitsToTarget(bits: CompactBits): bigint {
  const exponent = bits >>> 24;
  const mantissa = bits & 0xffffff;
  return exponent >= 3 ? BigInt(mantissa) << BigInt(8 * (exponent - 3)) : BigInt(mantissa >>> (8 * (3 - exponent)));
}

/** Whether a hash in wire order, as a little-endian integer, is at most the target that bits stand for. */
export function hashMeetsBits(hash: Uint8Array, bits: CompactBits): boolean {
  const lowest = (bits >>> 24) - 3;
  // A byte past the hash's own.
  for (let i = 2; i >= 0 && lowest + i > 31; i--) if (((bits >>> (8 * i)) & 0xff) !== 0) return true;
  for (let i = 31; i >= 0; i--) {
    const place = i - lowest;
    const difference = hash[i]! - (place >= 0 && place < 3 ? (bits >>> (8 * place)) & 0xff : 0);
    if (difference !== 0) return difference < 0;
  }
  return true;
}

/** The target as 32 bytes, least significant first, for comparing with hashes; targets past 2^256 are all ones. */
export function bitsToTargetBytes(bits: CompactBits): Uint8Array {
  const bytes = new Uint8Array(32);
  const lowest = (bits >>> 24) - 3;
  for (let i = 0; i < 3; i++) {
    const byte = (bits >>> (8 * i)) & 0xff;
    const at = lowest + i;
    if (at > 31 && byte !== 0) return bytes.fill(0xff);
    if (at >= 0 && at <= 31) bytes[at] = byte;
  }
  return bytes;
}

/** The largest representable target that is at most `target` (low bytes are cut off). */
export function targetToBits(target: bigint): CompactBits {
  // The top bit of the mantissa stays free, so the length is that of the bits and one more.
  const length = target === 0n ? 0 : 1 + (bitLength(target) >> 3);
  const mantissa = length > 3 ? target >> BigInt(8 * (length - 3)) : target << BigInt(8 * (3 - length));
  return ((length << 24) | Number(mantissa)) >>> 0;
}

/** Eight hex digits, most significant first, as daemons write bits. */
export function bitsToHex(bits: CompactBits): string {
  return bits.toString(16).padStart(8, "0");
}

/** Expected hashes to meet a target: 2^256 div (target + 1). Consensus: the work of a share. */
export function targetToAttempts(target: bigint): bigint {
  return TWO_256 / (target + 1n);
}

/** The target that `attempts` hashes meet on average; local policy only. @throws RangeError unless attempts > 0. */
export function attemptsToTarget(attempts: number | bigint): bigint {
  if (typeof attempts === "bigint") {
    if (attempts <= 0n) throw new RangeError("attempts must be positive");
    return roundTarget(TWO_256 / attempts, Number(TWO_256) / Number(attempts));
  }
  return roundTarget(divideByDouble(TWO_256, attempts), Number(TWO_256) / attempts);
}

/** The target of a difficulty; 2^256-1 for 0. Local policy only. @throws RangeError for a negative or non-finite one. */
export function difficultyToTarget(difficulty: number): bigint {
  if (difficulty === 0) return MAX_256;
  return roundTarget(divideByDouble(DIFFICULTY_1_TARGET, difficulty), Number(DIFFICULTY_1_TARGET) / difficulty);
}

/** For display only. */
export function targetToDifficulty(target: bigint): number {
  return divideToDouble(DIFFICULTY_1_TARGET + 1n, target + 1n);
}

/** What a byte of a number counts, by its place. */
const BYTE_VALUES = Array.from({ length: 32 }, (_, i) => 2 ** (8 * i));

/** Of a hash, 32 bytes with the least significant first, as a target; for display only: good to some 48 bits. */
export function hashToDifficulty(hash: Uint8Array): number {
  let value = 0;
  let left = 7;
  for (let i = 31; i >= 0 && left > 0; i--) {
    const byte = hash[i]!;
    if (value === 0 && byte === 0) continue;
    value += byte * BYTE_VALUES[i]!;
    left--;
  }
  return Number(DIFFICULTY_1_TARGET) / (value + 1);
}

export function clip(value: bigint, low: bigint, high: bigint): bigint {
  return value < low ? low : value > high ? high : value;
}

/**
 * A quotient (its floor, and as a double) as a target. The "- 1 + 0.5" of the definition vanishes in doubles but where the
 * target is tiny: there it makes 2^256 attempts the target 0 (spec/10 §1).
 */
function roundTarget(floor: bigint, quotient: number): bigint {
  if (floor < 1n << 52n) return BigInt(Math.trunc(Math.max(0, quotient - 0.5)));
  return floor > MAX_256 ? MAX_256 : floor;
}

/** floor(value / divisor) for a positive double, exactly: a double is an integer times a power of two. */
function divideByDouble(value: bigint, divisor: number): bigint {
  if (!(divisor > 0) || divisor === Number.POSITIVE_INFINITY) throw new RangeError("must be a positive finite number");
  const scale = Math.max(0, 52 - Math.floor(Math.log2(divisor)) + 1);
  let scaled = divisor;
  // In two steps, since 2^scale alone may overflow for very small divisors.
  for (let left = scale; left > 0; left -= 512) scaled *= 2 ** Math.min(left, 512);
  return (value << BigInt(scale)) / BigInt(Math.round(scaled));
}

/** numerator / denominator correctly rounded to a double. */
function divideToDouble(numerator: bigint, denominator: bigint): number {
  if (numerator === 0n) return 0;
  const shift = 66 - (bitLength(numerator) - bitLength(denominator));
  const [n, d] = shift >= 0 ? [numerator << BigInt(shift), denominator] : [numerator, denominator << BigInt(-shift)];
  // 65 to 67 significant bits; a sticky bit for the remainder makes the final rounding exact.
  const quotient = n / d;
  const sticky = n % d === 0n ? quotient : quotient | 1n;
  return Number(sticky) * 2 ** -shift;
}

/** Of a positive value. A double tells, but for values that it rounds up to a power of two, and those past its range. */
function bitLength(value: bigint): number {
  const estimate = Number(value);
  if (estimate > MAX_DOUBLE) return value.toString(2).length;
  DOUBLE.setFloat64(0, estimate);
  const length = ((DOUBLE.getUint16(0) >> 4) & 0x7ff) - 1022;
  return value >> BigInt(length - 1) === 0n ? length - 1 : length;
}

const DOUBLE = new DataView(new ArrayBuffer(8));
const MAX_DOUBLE = Number.MAX_VALUE;
