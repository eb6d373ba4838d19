/** A type that is told apart at compile time only. */
export type Brand<T, Name extends string> = T & { readonly __brand: Name };

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));
/** Character codes of the digits. */
const DIGITS = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
const NIBBLE = new Int8Array(128).fill(-1);
for (let i = 0; i < 16; i++) {
  const digit = i.toString(16);
  NIBBLE[digit.charCodeAt(0)] = i;
  NIBBLE[digit.toUpperCase().charCodeAt(0)] = i;
}

/** Above so many bytes a text is decoded as a whole: one put together keeps each of its pieces until it is read. */
const FEW_BYTES = 16;
/** Of the Encoding standard, which every platform has; the pure folders are compiled without any platform's types. */
declare const TextDecoder: new (label: string) => { decode(bytes: Uint8Array): string };
const latin1 = new TextDecoder("latin1");

export function bytesToHex(bytes: Uint8Array): string {
  if (bytes.length > FEW_BYTES) {
    const digits = new Uint8Array(2 * bytes.length);
    for (let i = 0; i < bytes.length; i++) setDigits(digits, 2 * i, bytes[i]!);
    return latin1.decode(digits);
  }
  let hex = "";
  for (let i = 0; i < bytes.length; i++) hex += HEX[bytes[i]!];
  return hex;
}

function setDigits(digits: Uint8Array, offset: number, byte: number): void {
  digits[offset] = DIGITS[byte >> 4]!;
  digits[offset + 1] = DIGITS[byte & 15]!;
}

/** Bytes of an even number of hex digits in either case; null if the text is anything else. */
export function tryHexToBytes(hex: string): Uint8Array | null {
  if (hex.length % 2 !== 0) return null;
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = NIBBLE[hex.charCodeAt(2 * i)] ?? -1;
    const low = NIBBLE[hex.charCodeAt(2 * i + 1)] ?? -1;
    if (high < 0 || low < 0) return null;
    bytes[i] = (high << 4) | low;
  }
  return bytes;
}

/** @throws RangeError if the text is not an even number of hex digits. */
export function hexToBytes(hex: string): Uint8Array {
  const bytes = tryHexToBytes(hex);
  if (bytes === null) throw new RangeError("not an even number of hex digits");
  return bytes;
}

/** Display form of a 32-byte hash: hex of the reversed bytes (spec/01 §1). */
export function hashToHex(hash: Uint8Array): string {
  const digits = new Uint8Array(2 * hash.length);
  for (let i = 0, last = hash.length - 1; i <= last; i++) setDigits(digits, 2 * (last - i), hash[i]!);
  return latin1.decode(digits);
}

/** Wire bytes of a hash in display form. @throws RangeError unless it has 64 hex digits. */
export function hexToHash(hex: string): Uint8Array {
  const hash = new Uint8Array(32);
  setHash(hash, 0, hex);
  return hash;
}

/** The same into 32 bytes of an array that is there. @throws RangeError unless it has 64 hex digits. */
export function setHash(bytes: Uint8Array, offset: number, hex: string): void {
  if (hex.length !== 64) throw new RangeError("not 64 hex digits");
  for (let i = 0, at = offset + 31; i < 64; i += 2, at--) {
    const high = NIBBLE[hex.charCodeAt(i)] ?? -1;
    const low = NIBBLE[hex.charCodeAt(i + 1)] ?? -1;
    if (high < 0 || low < 0) throw new RangeError("not an even number of hex digits");
    bytes[at] = (high << 4) | low;
  }
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** `length` bytes from one place to another. For few bytes, where a view for `set` would cost more than the copying. */
export function copyBytes(from: Uint8Array, start: number, to: Uint8Array, at: number, length: number): void {
  for (let i = 0; i < length; i++) to[at + i] = from[start + i]!;
}

/** Writes 32 bits, least significant byte first. */
export function setUint32(bytes: Uint8Array, offset: number, value: number): void {
  for (let i = 0; i < 4; i++) bytes[offset + i] = value >>> (8 * i);
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const WORD = new DataView(new ArrayBuffer(8));

/** Value of eight bytes read as an unsigned little-endian integer. */
export function readUint64(bytes: Uint8Array, offset: number): bigint {
  for (let i = 0; i < 8; i++) WORD.setUint8(i, bytes[offset + i]!);
  return WORD.getBigUint64(0, true);
}

/** Writes 64 bits, least significant byte first; what is more is cut off. */
export function setUint64(bytes: Uint8Array, offset: number, value: bigint): void {
  WORD.setBigUint64(0, value, true);
  for (let i = 0; i < 8; i++) bytes[offset + i] = WORD.getUint8(i);
}

/** Value of bytes read as an unsigned little-endian integer. */
export function bytesToBigIntLE(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${hashToHex(bytes)}`);
}

/** Value of bytes read as an unsigned big-endian integer. */
export function bytesToBigIntBE(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytesToHex(bytes)}`);
}

/** Unsigned big-endian bytes, `length` of them. @throws RangeError if the value does not fit. */
export function bigIntToBytesBE(value: bigint, length: number): Uint8Array {
  const hex = value.toString(16);
  if (value < 0n || hex.length > 2 * length) throw new RangeError(`value does not fit ${length} bytes`);
  return hexToBytes(hex.padStart(2 * length, "0"));
}

/** Unsigned little-endian bytes, `length` of them. @throws RangeError if the value does not fit. */
export function bigIntToBytesLE(value: bigint, length: number): Uint8Array {
  return bigIntToBytesBE(value, length).reverse();
}

/** Minimal big-endian bytes of a non-negative integer; none for 0. */
export function bigIntToMinimalBytesBE(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array(0);
  const hex = value.toString(16);
  return hexToBytes(hex.length % 2 === 0 ? hex : `0${hex}`);
}

/** ASCII text to bytes, one byte a character. @throws RangeError for a character above 127. */
export function asciiToBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  setAscii(bytes, 0, text);
  return bytes;
}

/** The same into an array that is there. @throws RangeError for a character above 127. */
export function setAscii(bytes: Uint8Array, offset: number, text: string): void {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) throw new RangeError(`not an ASCII character at position ${i}`);
    bytes[offset + i] = code;
  }
}

/** Bytes to text, one character (0-255) a byte, so that nothing is lost. */
export function bytesToBinaryString(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

export function binaryStringToBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
