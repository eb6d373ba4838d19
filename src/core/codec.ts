import { bigIntToBytesLE, bytesToBigIntLE, hashToHex, hexToHash, readUint64 } from "./bytes.js";
import { P2PoolError } from "./errors.js";
import type { HashTexts } from "./hash-texts.js";

/**
 * Codecs are values with a read and a write; structures are composed of them and read like the tables of spec/01 to 03.
 * Every short read is an error (spec/01 §2.3), lengths are checked before memory is allocated, and `decode` refuses bytes
 * that are left over. Errors name the path of the field.
 */
export type CodecErrorCode = "CODEC_SHORT_INPUT" | "CODEC_LEFT_OVER" | "CODEC_NON_CANONICAL" | "CODEC_VALUE_RANGE";

export class CodecError extends P2PoolError<{ code: CodecErrorCode; path: string }> {
  /** The same error as seen from one structure further out. */
  under(field: string): CodecError {
    const path = this.data.path === "" ? field : `${field}.${this.data.path}`;
    return new CodecError(this.reason, this.data.code, path);
  }

  readonly reason: string;

  constructor(reason: string, code: CodecErrorCode, path = "") {
    super(path === "" ? reason : `${path}: ${reason}`, { code, path });
    this.reason = reason;
  }
}

/** Most numbers are small: made once, they need not be made and kept for each. */
const SMALL = Array.from({ length: 0xfd }, (_, i) => BigInt(i));
const NO_BYTES = new Uint8Array(0);

export class Reader {
  readonly bytes: Uint8Array;
  offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.offset = offset;
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  /** Moves past `length` bytes and returns where they begin. @throws CodecError if fewer are left. */
  take(length: number): number {
    const start = this.offset;
    if (length > this.bytes.length - start) {
      throw new CodecError(`needs ${length} bytes, ${this.bytes.length - start} left`, "CODEC_SHORT_INPUT");
    }
    this.offset = start + length;
    return start;
  }

  // Bytes are put together here: a DataView for each reader would cost more than the few numbers of a message.
  u8(): number {
    return this.bytes[this.take(1)]!;
  }
  u16(): number {
    const { bytes } = this;
    const at = this.take(2);
    return bytes[at]! | (bytes[at + 1]! << 8);
  }
  u16be(): number {
    const { bytes } = this;
    const at = this.take(2);
    return (bytes[at]! << 8) | bytes[at + 1]!;
  }
  u32(): number {
    const { bytes } = this;
    const at = this.take(4);
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
  }
  u64(): bigint {
    return readUint64(this.bytes, this.take(8));
  }
  /** A view into the input, not a copy. */
  raw(length: number): Uint8Array {
    if (length === 0) return NO_BYTES;
    const start = this.take(length);
    return this.bytes.subarray(start, start + length);
  }

  /** Compact size (spec/01 §2.2). */
  varint(): bigint {
    const first = this.u8();
    if (first < 0xfd) return SMALL[first]!;
    const [value, minimum] =
      first === 0xfd
        ? [BigInt(this.u16()), 0xfdn]
        : first === 0xfe
          ? [BigInt(this.u32()), 0x10000n]
          : [this.u64(), 0x100000000n];
    if (value < minimum) throw new CodecError("varint is not in its shortest form", "CODEC_NON_CANONICAL");
    return value;
  }

  /** A count of things that take at least `unit` bytes each, so at most what is left can hold. */
  count(unit: number): number {
    const first = this.bytes[this.offset];
    if (first !== undefined && first < 0xfd && first * unit < this.remaining) {
      this.offset++;
      return first;
    }
    const count = this.varint();
    if (count * BigInt(unit) > BigInt(this.remaining)) {
      throw new CodecError(`count ${count} is more than the rest of the input holds`, "CODEC_SHORT_INPUT");
    }
    return Number(count);
  }

  end(): void {
    if (this.remaining !== 0) throw new CodecError(`${this.remaining} bytes left over`, "CODEC_LEFT_OVER");
  }
}

function checkRange(value: number, maximum: number): void {
  if (!Number.isInteger(value) || value < 0 || value > maximum) {
    throw new CodecError(`${value} is not an integer in 0..${maximum}`, "CODEC_VALUE_RANGE");
  }
}

export class Writer {
  private buffer: Uint8Array;
  private view: DataView;
  private length = 0;

  constructor(capacity = 512) {
    this.buffer = new Uint8Array(capacity);
    this.view = new DataView(this.buffer.buffer);
  }

  /** Makes room and returns where it begins; may replace buffer and view, so call it before touching them. */
  private grow(length: number): number {
    const start = this.length;
    const needed = start + length;
    if (needed > this.buffer.length) {
      const bigger = new Uint8Array(Math.max(needed, 2 * this.buffer.length));
      bigger.set(this.buffer.subarray(0, start));
      this.buffer = bigger;
      this.view = new DataView(bigger.buffer);
    }
    this.length = needed;
    return start;
  }

  u8(value: number): void {
    checkRange(value, 0xff);
    const start = this.grow(1);
    this.view.setUint8(start, value);
  }
  u16(value: number): void {
    checkRange(value, 0xffff);
    const start = this.grow(2);
    this.view.setUint16(start, value, true);
  }
  u16be(value: number): void {
    checkRange(value, 0xffff);
    const start = this.grow(2);
    this.view.setUint16(start, value, false);
  }
  u32(value: number): void {
    checkRange(value, 0xffffffff);
    const start = this.grow(4);
    this.view.setUint32(start, value, true);
  }
  u64(value: bigint): void {
    if (value < 0n || value >= 1n << 64n) throw new CodecError(`${value} does not fit 64 bits`, "CODEC_VALUE_RANGE");
    const start = this.grow(8);
    this.view.setBigUint64(start, value, true);
  }
  raw(bytes: Uint8Array): void {
    const start = this.grow(bytes.length);
    this.buffer.set(bytes, start);
  }
  varint(value: number | bigint): void {
    if (value < 0xfd && value >= 0) this.u8(Number(value));
    else if (value >= 0 && value <= 0xffff) {
      this.u8(0xfd);
      this.u16(Number(value));
    } else if (value >= 0 && value <= 0xffffffff) {
      this.u8(0xfe);
      this.u32(Number(value));
    } else {
      this.u8(0xff);
      this.u64(BigInt(value));
    }
  }

  /** What was written, as a copy of its own. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }

  /** What was written, copied to room that the caller has. */
  finishIn(room: Room): Uint8Array {
    const bytes = room(this.length);
    bytes.set(this.buffer.subarray(0, this.length));
    return bytes;
  }

  /** Forgets what was written, and keeps its room. Whether that is worth keeping. */
  clear(): boolean {
    this.length = 0;
    return this.buffer.length <= KEPT_ROOM;
  }
}

/** A larger buffer is not kept for the next value. */
const KEPT_ROOM = 16_384;
/** Scratch of `encode`; null while it is in use, as a codec may encode something on its way. */
let spare: Writer | null = null;

export interface Codec<T> {
  read(reader: Reader): T;
  write(writer: Writer, value: T): void;
  /** Fewest bytes a value can take; bounds counts before anything is allocated. */
  readonly minimumSize: number;
}

/** Gives bytes to write to, as many as are asked for. */
export type Room = (size: number) => Uint8Array;

/** `room`: for the bytes, where they are not to have memory of their own. */
export function encode<T>(codec: Codec<T>, value: T, room?: Room): Uint8Array {
  const writer = spare ?? new Writer();
  spare = null;
  try {
    codec.write(writer, value);
    return room === undefined ? writer.finish() : writer.finishIn(room);
  } finally {
    if (writer.clear()) spare = writer;
  }
}

/** @throws CodecError for short, long or non-canonical input. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const reader = new Reader(bytes);
  const value = codec.read(reader);
  reader.end();
  return value;
}

export const u8: Codec<number> = { read: (r) => r.u8(), write: (w, v) => w.u8(v), minimumSize: 1 };
export const u16: Codec<number> = { read: (r) => r.u16(), write: (w, v) => w.u16(v), minimumSize: 2 };
export const u16be: Codec<number> = { read: (r) => r.u16be(), write: (w, v) => w.u16be(v), minimumSize: 2 };
export const u32: Codec<number> = { read: (r) => r.u32(), write: (w, v) => w.u32(v), minimumSize: 4 };
export const u64: Codec<bigint> = { read: (r) => r.u64(), write: (w, v) => w.u64(v), minimumSize: 8 };

function wideInteger(size: number): Codec<bigint> {
  return {
    read: (r) => bytesToBigIntLE(r.raw(size)),
    write: (w, v) => {
      if (v < 0n || v >= 1n << BigInt(8 * size)) {
        throw new CodecError(`${v} does not fit ${8 * size} bits`, "CODEC_VALUE_RANGE");
      }
      w.raw(bigIntToBytesLE(v, size));
    },
    minimumSize: size,
  };
}
export const u128: Codec<bigint> = {
  ...wideInteger(16),
  read: (r) => {
    const low = r.u64();
    const high = r.u64();
    return high === 0n ? low : (high << 64n) | low;
  },
};
export const u160 = wideInteger(20);
export const u256 = wideInteger(32);

/** No bytes at all: any value is dropped and 0 is read (the index of merkle links inside shares). */
export const u0: Codec<number> = { read: () => 0, write: () => {}, minimumSize: 0 };

export const varint: Codec<bigint> = { read: (r) => r.varint(), write: (w, v) => w.varint(v), minimumSize: 1 };

/** A varint whose meaning has 32 bits; more is an error. */
export const varint32: Codec<number> = {
  read: (r) => {
    const value = r.varint();
    if (value > 0xffffffffn) throw new CodecError(`${value} does not fit 32 bits`, "CODEC_VALUE_RANGE");
    return Number(value);
  },
  write: (w, v) => {
    checkRange(v, 0xffffffff);
    w.varint(v);
  },
  minimumSize: 1,
};

/** Bytes of a stated length. What is read is a view into the input. */
export const varstr: Codec<Uint8Array> = {
  read: (r) => r.raw(r.count(1)),
  write: (w, v) => {
    w.varint(v.length);
    w.raw(v);
  },
  minimumSize: 1,
};

export function fixstr(length: number): Codec<Uint8Array> {
  return {
    read: (r) => r.raw(length),
    write: (w, v) => {
      if (v.length !== length) throw new CodecError(`has ${v.length} bytes, not ${length}`, "CODEC_VALUE_RANGE");
      w.raw(v);
    },
    minimumSize: length,
  };
}

/** 32 hash bytes in wire order. */
export const hash256Bytes = fixstr(32);

/** A hash in display form; 32 zero bytes on the wire stand for null. `texts`: those of hashes that come again and again. */
export function maybeHashOf(texts: HashTexts | null): Codec<string | null> {
  return {
    read: (r) => {
      const start = r.take(32);
      if (isZero(r.bytes, start, start + 32)) return null;
      return texts === null ? hashToHex(r.bytes.subarray(start, start + 32)) : texts.textOf(r.bytes, start);
    },
    write: (w, v) => {
      if (v === null) return w.raw(new Uint8Array(32));
      const bytes = hexToHash(v);
      if (isZero(bytes, 0, 32)) throw new CodecError("the zero hash stands for none", "CODEC_VALUE_RANGE");
      w.raw(bytes);
    },
    minimumSize: 32,
  };
}

export const maybeHash = maybeHashOf(null);

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** `multiple`: the count on the wire is the number of items divided by it. */
export function list<T>(item: Codec<T>, multiple = 1): Codec<T[]> {
  return {
    read: (r) => {
      const count = r.count(item.minimumSize * multiple) * multiple;
      const items: T[] = [];
      try {
        for (let i = 0; i < count; i++) items.push(item.read(r));
      } catch (error) {
        throw underField(error, `[${items.length}]`);
      }
      return items;
    },
    write: (w, v) => {
      if (v.length % multiple !== 0) {
        throw new CodecError(`${v.length} items are no multiple of ${multiple}`, "CODEC_VALUE_RANGE");
      }
      w.varint(v.length / multiple);
      let i = 0;
      try {
        for (; i < v.length; i++) item.write(w, v[i]!);
      } catch (error) {
        throw underField(error, `[${i}]`);
      }
    },
    minimumSize: 1,
  };
}

/** The value `none` on the wire stands for null and cannot be written as itself. */
export function maybe<T>(none: T, codec: Codec<T>): Codec<T | null> {
  return {
    read: (r) => {
      const value = codec.read(r);
      return value === none ? null : value;
    },
    write: (w, v) => {
      if (v === none) throw new CodecError(`${none} stands for none`, "CODEC_VALUE_RANGE");
      codec.write(w, v ?? none);
    },
    minimumSize: codec.minimumSize,
  };
}

/**
 * The fields in the stated order with nothing between them. `blank`: a literal with the same fields, for values of which many are
 * kept: only a literal has room for all of its fields, where a copy keeps all but four in an array of its own.
 */
export function composed<T extends object>(
  fields: { readonly [K in keyof T]: Codec<T[K]> },
  blank?: () => { readonly [K in keyof NoInfer<T>]: null },
): Codec<T> {
  const entries = Object.entries(fields) as [keyof T & string, Codec<T[keyof T & string]>][];
  const names = entries.map(([name]) => name);
  const codecs = entries.map(([, codec]) => codec);
  // A copy of this has its final shape before the first field is set.
  const nothing = Object.fromEntries(names.map((name) => [name, null])) as T;
  const make = (blank as (() => T) | undefined) ?? (() => ({ ...nothing }));
  return {
    // One try for all fields: a call of a closure for each would cost more than most fields do.
    read: (r) => {
      const value = make();
      let i = 0;
      try {
        for (; i < codecs.length; i++) value[names[i]!] = codecs[i]!.read(r);
      } catch (error) {
        throw underField(error, names[i]!);
      }
      return value;
    },
    write: (w, v) => {
      let field = "";
      try {
        for (const [name, codec] of entries) {
          field = name;
          codec.write(w, v[name]);
        }
      } catch (error) {
        throw underField(error, field);
      }
    },
    minimumSize: entries.reduce((sum, [, codec]) => sum + codec.minimumSize, 0),
  };
}

/** The same bytes under another type. */
export function mapped<A, B>(codec: Codec<A>, from: (wire: A) => B, to: (value: B) => A): Codec<B> {
  return {
    read: (r) => from(codec.read(r)),
    write: (w, v) => codec.write(w, to(v)),
    minimumSize: codec.minimumSize,
  };
}

function underField(error: unknown, field: string): unknown {
  return error instanceof CodecError ? error.under(field) : error;
}
