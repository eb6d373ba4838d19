import { copyBytes } from "../bytes.js";

/**
 * SHA-256 with a chaining state that can be taken out and put back (spec/01 §4.1). Written by hand because no library
 * exports that state, native or not.
 */
const K = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
]);
const INITIAL = new Int32Array([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

/** Scratch of one compression; it carries nothing from one call to the next. */
const W = new Int32Array(64);

/** The block that ends a message of 64 bytes: half of a merkle node's first hash, always the same. */
const PADDING = new Int32Array(64);
PADDING[0] = 0x80000000 | 0;
PADDING[15] = 512;
extend(PADDING);

/** Computes the words from the sixteenth on out of those before. */
function extend(words: Int32Array): void {
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15]!;
    const y = words[i - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = (words[i - 16]! + s0 + words[i - 7]! + s1) | 0;
  }
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

/** Compresses the sixteen words in W[0..15] into `state`. */
function compressSchedule(state: Int32Array): void {
  extend(W);
  rounds(state, W);
}

function rounds(state: Int32Array, words: Int32Array): void {
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  // Eight rounds a turn: each writes two of the words, and none has to be moved.
  for (let i = 0; i < 64; i += 8) {
    h = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + (g ^ (e & (f ^ g))) + K[i]! + words[i]!) | 0;
    d = (d + h) | 0;
    h = (h + (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (c & (a ^ b)))) | 0;
    g = (g + (rotate(d, 6) ^ rotate(d, 11) ^ rotate(d, 25)) + (f ^ (d & (e ^ f))) + K[i + 1]! + words[i + 1]!) | 0;
    c = (c + g) | 0;
    g = (g + (rotate(h, 2) ^ rotate(h, 13) ^ rotate(h, 22)) + ((h & a) ^ (b & (h ^ a)))) | 0;
    f = (f + (rotate(c, 6) ^ rotate(c, 11) ^ rotate(c, 25)) + (e ^ (c & (d ^ e))) + K[i + 2]! + words[i + 2]!) | 0;
    b = (b + f) | 0;
    f = (f + (rotate(g, 2) ^ rotate(g, 13) ^ rotate(g, 22)) + ((g & h) ^ (a & (g ^ h)))) | 0;
    e = (e + (rotate(b, 6) ^ rotate(b, 11) ^ rotate(b, 25)) + (d ^ (b & (c ^ d))) + K[i + 3]! + words[i + 3]!) | 0;
    a = (a + e) | 0;
    e = (e + (rotate(f, 2) ^ rotate(f, 13) ^ rotate(f, 22)) + ((f & g) ^ (h & (f ^ g)))) | 0;
    d = (d + (rotate(a, 6) ^ rotate(a, 11) ^ rotate(a, 25)) + (c ^ (a & (b ^ c))) + K[i + 4]! + words[i + 4]!) | 0;
    h = (h + d) | 0;
    d = (d + (rotate(e, 2) ^ rotate(e, 13) ^ rotate(e, 22)) + ((e & f) ^ (g & (e ^ f)))) | 0;
    c = (c + (rotate(h, 6) ^ rotate(h, 11) ^ rotate(h, 25)) + (b ^ (h & (a ^ b))) + K[i + 5]! + words[i + 5]!) | 0;
    g = (g + c) | 0;
    c = (c + (rotate(d, 2) ^ rotate(d, 13) ^ rotate(d, 22)) + ((d & e) ^ (f & (d ^ e)))) | 0;
    b = (b + (rotate(g, 6) ^ rotate(g, 11) ^ rotate(g, 25)) + (a ^ (g & (h ^ a))) + K[i + 6]! + words[i + 6]!) | 0;
    f = (f + b) | 0;
    b = (b + (rotate(c, 2) ^ rotate(c, 13) ^ rotate(c, 22)) + ((c & d) ^ (e & (c ^ d)))) | 0;
    a = (a + (rotate(f, 6) ^ rotate(f, 11) ^ rotate(f, 25)) + (h ^ (f & (g ^ h))) + K[i + 7]! + words[i + 7]!) | 0;
    e = (e + a) | 0;
    a = (a + (rotate(b, 2) ^ rotate(b, 13) ^ rotate(b, 22)) + ((b & c) ^ (d & (b ^ c)))) | 0;
  }
  state[0] = (state[0]! + a) | 0;
  state[1] = (state[1]! + b) | 0;
  state[2] = (state[2]! + c) | 0;
  state[3] = (state[3]! + d) | 0;
  state[4] = (state[4]! + e) | 0;
  state[5] = (state[5]! + f) | 0;
  state[6] = (state[6]! + g) | 0;
  state[7] = (state[7]! + h) | 0;
}

function compress(state: Int32Array, bytes: Uint8Array, offset: number): void {
  loadWords(bytes, offset);
  compressSchedule(state);
}

function loadWords(bytes: Uint8Array, offset: number): void {
  for (let i = 0, p = offset; i < 16; i++, p += 4) {
    W[i] = (bytes[p]! << 24) | (bytes[p + 1]! << 16) | (bytes[p + 2]! << 8) | bytes[p + 3]!;
  }
}

function stateToBytes(state: Int32Array, out: Uint8Array = new Uint8Array(32), offset = 0): Uint8Array {
  for (let i = 0, p = offset; i < 8; i++) {
    const word = state[i]!;
    out[p++] = word >>> 24;
    out[p++] = word >>> 16;
    out[p++] = word >>> 8;
    out[p++] = word;
  }
  return out;
}

/** SHA-256 of the 32 bytes of `state`, in its place: the second half of every double hash. */
function hashState(state: Int32Array): Int32Array {
  for (let i = 0; i < 8; i++) W[i] = state[i]!;
  W[8] = 0x80000000 | 0;
  for (let i = 9; i < 15; i++) W[i] = 0;
  W[15] = 256;
  state.set(INITIAL);
  compressSchedule(state);
  return state;
}

/** Prefixes below are counted in numbers: what is added to one in memory stays below 2^53. */
const SHORT = 1n << 52n;
/** Bytes of a message whose bits no longer fit 64 bits. */
const TOO_LONG = 1n << 61n;

/** A running SHA-256. The length is exact beyond 2^53, as hash links may claim any (spec/01 §4.1). */
export class Sha256 {
  private readonly state: Int32Array;
  private readonly pending = new Uint8Array(64);
  private pendingLength = 0;
  /** Bytes of the prefix that was resumed. */
  private readonly before: bigint;
  /** Bytes since then: a number, as each call would make another bigint. */
  private added = 0;

  private constructor(state: Int32Array, before: bigint) {
    this.state = state;
    this.before = before;
  }

  static create(): Sha256 {
    return new Sha256(INITIAL.slice(), 0n);
  }

  /**
   * Goes on after a prefix of `length` bytes whose complete blocks left `state` (32 bytes, eight big-endian words) and
   * whose last `length mod 64` bytes are `buffered`. @throws RangeError if the sizes do not fit each other.
   */
  static resume(state: Uint8Array, length: bigint, buffered: Uint8Array): Sha256 {
    if (state.length !== 32) throw new RangeError("state must be 32 bytes");
    if (buffered.length !== Number(length & 63n)) throw new RangeError("buffered must have length mod 64 bytes");
    const words = new Int32Array(8);
    for (let i = 0; i < 8; i++) {
      words[i] = (state[4 * i]! << 24) | (state[4 * i + 1]! << 16) | (state[4 * i + 2]! << 8) | state[4 * i + 3]!;
    }
    const hash = new Sha256(words, length);
    copyBytes(buffered, 0, hash.pending, 0, buffered.length);
    hash.pendingLength = buffered.length;
    return hash;
  }

  update(bytes: Uint8Array): this {
    let offset = 0;
    this.added += bytes.length;
    if (this.pendingLength > 0) {
      offset = Math.min(64 - this.pendingLength, bytes.length);
      copyBytes(bytes, 0, this.pending, this.pendingLength, offset);
      this.pendingLength += offset;
      if (this.pendingLength < 64) return this;
      compress(this.state, this.pending, 0);
    }
    for (; offset + 64 <= bytes.length; offset += 64) compress(this.state, bytes, offset);
    this.pendingLength = bytes.length - offset;
    copyBytes(bytes, offset, this.pending, 0, this.pendingLength);
    return this;
  }

  /** Chaining value after the complete blocks so far: 32 bytes, eight big-endian words. */
  exportState(): Uint8Array {
    return stateToBytes(this.state);
  }

  /** The bytes after the last complete block. */
  exportBuffered(): Uint8Array {
    return this.pending.slice(0, this.pendingLength);
  }

  get length(): bigint {
    return this.before + BigInt(this.added);
  }

  /** Ends the message; the object must not be used afterwards. @throws RangeError if 2^64 bits were passed. */
  private finish(): Int32Array {
    const { pending, state, before, added } = this;
    const isShort = before < SHORT;
    if (!isShort && this.length >= TOO_LONG) throw new RangeError("SHA-256 message of 2^64 bits or more");
    pending.fill(0, this.pendingLength);
    pending[this.pendingLength] = 0x80;
    if (this.pendingLength >= 56) {
      compress(state, pending, 0);
      pending.fill(0);
    }
    loadWords(pending, 0);
    const bytes = isShort ? Number(before) + added : 0;
    W[14] = isShort ? Math.floor(bytes / 2 ** 29) : Number(this.length >> 29n);
    W[15] = isShort ? bytes << 3 : Number((this.length & 0x1fffffffn) << 3n);
    compressSchedule(state);
    return state;
  }

  /** @throws RangeError if 2^64 bits were passed. */
  digest(): Uint8Array {
    return stateToBytes(this.finish());
  }

  /** SHA-256 of the digest. `out`: room for it. @throws RangeError if 2^64 bits were passed. */
  doubleDigest(out?: Uint8Array): Uint8Array {
    return stateToBytes(hashState(this.finish()), out);
  }
}

/** Pads and compresses a whole message that ends in this call. */
function hashMessage(bytes: Uint8Array): Int32Array {
  const state = INITIAL.slice();
  const whole = bytes.length - (bytes.length % 64);
  for (let offset = 0; offset < whole; offset += 64) compress(state, bytes, offset);
  const tail = new Uint8Array(bytes.length - whole >= 56 ? 128 : 64);
  tail.set(bytes.subarray(whole));
  tail[bytes.length - whole] = 0x80;
  const view = new DataView(tail.buffer);
  view.setUint32(tail.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(tail.length - 4, (bytes.length << 3) >>> 0);
  for (let offset = 0; offset < tail.length; offset += 64) compress(state, tail, offset);
  return state;
}

export function sha256Js(bytes: Uint8Array): Uint8Array {
  return stateToBytes(hashMessage(bytes));
}

export function hash256Js(bytes: Uint8Array, out?: Uint8Array): Uint8Array {
  return stateToBytes(hashState(hashMessage(bytes)), out);
}

/** hash256(left || right) of two 32-byte hashes: one node of a merkle tree. */
export function hash256Pair(left: Uint8Array, right: Uint8Array): Uint8Array {
  loadHash(0, left, 0);
  loadHash(8, right, 0);
  return stateToBytes(hashLoadedPair());
}

/** The same for the hashes at two offsets of a merkle tree's level, written to `out`: nothing is made that has to be collected. */
export function hash256Node(level: Uint8Array, left: number, right: number, out: Uint8Array, offset: number): void {
  loadHash(0, level, left);
  loadHash(8, level, right);
  stateToBytes(hashLoadedPair(), out, offset);
}

/**
 * The root over a leaf and its branch; bit i of `index` tells on which side of its sibling the node at level i is. Between the levels
 * the hash stays in words.
 */
export function hash256Branch(leaf: Uint8Array, branch: readonly Uint8Array[], index: number): Uint8Array {
  loadHash(0, leaf, 0);
  for (let i = 0; i < 8; i++) PAIR[i] = W[i]!;
  let rest = index;
  for (let level = 0; level < branch.length; level++) {
    const isRight = rest % 2 === 1;
    loadHash(isRight ? 0 : 8, branch[level]!, 0);
    for (let i = 0, word = isRight ? 8 : 0; i < 8; i++, word++) W[word] = PAIR[i]!;
    hashLoadedPair();
    rest = Math.floor(rest / 2);
  }
  return stateToBytes(PAIR);
}

function loadHash(word: number, bytes: Uint8Array, offset: number): void {
  for (let i = word, p = offset; i < word + 8; i++, p += 4) {
    W[i] = (bytes[p]! << 24) | (bytes[p + 1]! << 16) | (bytes[p + 2]! << 8) | bytes[p + 3]!;
  }
}

/** Scratch of one pair. */
const PAIR = new Int32Array(8);

/** Double hash of the 64 bytes in W[0..15]. */
function hashLoadedPair(): Int32Array {
  PAIR.set(INITIAL);
  compressSchedule(PAIR);
  rounds(PAIR, PADDING);
  return hashState(PAIR);
}
