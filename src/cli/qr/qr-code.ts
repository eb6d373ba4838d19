import { errorCorrection } from "./reed-solomon.js";

/** Bytes of data and of error correction in each block, by version from 1 on, at level M (ISO/IEC 18004 table 9). */
const VERSIONS: readonly { readonly blocks: number; readonly data: number; readonly correction: number }[] = [
  { blocks: 1, data: 16, correction: 10 },
  { blocks: 1, data: 28, correction: 16 },
  { blocks: 1, data: 44, correction: 26 },
  { blocks: 2, data: 32, correction: 18 },
  { blocks: 2, data: 43, correction: 24 },
  { blocks: 4, data: 27, correction: 16 },
];

const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Dark modules by row. */
export type QrCode = readonly (readonly boolean[])[];

/** What a text takes in bytes, with mode and length, and the code that it fits into. */
const HEADER_BITS = 4 + 8;

/**
 * A text as a QR code of level M, in the smallest of versions 1 to 6; null if it is too long (more than 106 bytes of UTF-8).
 * `mask`: the one with the fewest features that mislead a reader by default.
 */
export function qrCode(text: string, mask?: number): QrCode | null {
  const bytes = new TextEncoder().encode(text);
  const index = VERSIONS.findIndex(({ blocks, data }) => HEADER_BITS + 8 * bytes.length <= 8 * blocks * data);
  if (index < 0) return null;
  const codewords = codewordsOf(bytes, index);
  const candidates = (mask === undefined ? [...MASKS.keys()] : [mask]).map((m) => draw(index, codewords, m));
  let best: QrCode | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const code of candidates) {
    const points = penalty(code);
    if (points < least) [best, least] = [code, points];
  }
  return best;
}

function codewordsOf(bytes: Uint8Array, index: number): Uint8Array {
  const { blocks, data, correction } = VERSIONS[index]!;
  const stream = padded(bytes, blocks * data);
  const dataBlocks = Array.from({ length: blocks }, (_, i) => stream.subarray(i * data, (i + 1) * data));
  const checks = dataBlocks.map((block) => errorCorrection(block, correction));
  const interleave = (parts: readonly Uint8Array[], length: number): number[] =>
    Array.from({ length }, (_, i) => parts.map((part) => part[i]!)).flat();
  return Uint8Array.from([...interleave(dataBlocks, data), ...interleave(checks, correction)]);
}

/** Mode "bytes", length, bytes, end, and filling. */
function padded(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  const nibbles = [4, bytes.length >> 4, bytes.length & 15, ...[...bytes].flatMap((byte) => [byte >> 4, byte & 15]), 0];
  for (const [i, nibble] of nibbles.entries()) out[i >> 1]! |= i % 2 === 0 ? nibble << 4 : nibble;
  const used = nibbles.length / 2;
  for (let i = used; i < size; i++) out[i] = (i - used) % 2 === 0 ? 0xec : 0x11;
  return out;
}

/** A square that is being filled: fixed patterns first, data where nothing else is. */
class Canvas {
  readonly size: number;
  readonly modules: boolean[][];
  private readonly taken: boolean[][];

  constructor(size: number) {
    this.size = size;
    this.modules = Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
    this.taken = Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
  }

  set(x: number, y: number, isDark: boolean): void {
    if (x < 0 || y < 0 || x >= this.size || y >= this.size) return;
    this.modules[y]![x] = isDark;
    this.taken[y]![x] = true;
  }

  isFree(x: number, y: number): boolean {
    return !this.taken[y]![x]!;
  }
}

function draw(index: number, codewords: Uint8Array, mask: number): QrCode {
  const canvas = new Canvas(21 + 4 * index);
  drawPatterns(canvas, index);
  drawFormat(canvas, mask);
  const isMasked = MASKS[mask]!;
  let bit = 0;
  // Two columns at a time from the right, up and down in turn, past the column of the timing pattern.
  for (let right = canvas.size - 1, up = true; right > 0; right -= right === 8 ? 3 : 2, up = !up) {
    for (let i = 0; i < canvas.size; i++) {
      const y = up ? canvas.size - 1 - i : i;
      for (const x of [right, right - 1]) {
        if (!canvas.isFree(x, y)) continue;
        const isSet = bit < 8 * codewords.length && ((codewords[bit >> 3]! >> (7 - (bit & 7))) & 1) === 1;
        canvas.modules[y]![x] = isSet !== isMasked(x, y);
        bit++;
      }
    }
  }
  return canvas.modules;
}

function drawPatterns(canvas: Canvas, index: number): void {
  const { size } = canvas;
  const rings = (centreX: number, centreY: number, reach: number, isDark: (distance: number) => boolean): void => {
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) {
        canvas.set(centreX + dx, centreY + dy, isDark(Math.max(Math.abs(dx), Math.abs(dy))));
      }
    }
  };
  for (let i = 0; i < size; i++) {
    canvas.set(6, i, i % 2 === 0);
    canvas.set(i, 6, i % 2 === 0);
  }
  const corner = (x: number, y: number): void => rings(x, y, 4, (distance) => distance !== 2 && distance !== 4);
  corner(3, 3);
  corner(size - 4, 3);
  corner(3, size - 4);
  if (index > 0) rings(size - 7, size - 7, 2, (distance) => distance !== 1);
}

/** Level M is 00 (ISO/IEC 18004 §7.9). */
function drawFormat(canvas: Canvas, mask: number): void {
  const { size } = canvas;
  let remainder = mask << 10;
  for (let i = 14; i >= 10; i--) if ((remainder >> i) & 1) remainder ^= 0x537 << (i - 10);
  const format = ((mask << 10) | remainder) ^ 0x5412;
  const isSet = (i: number): boolean => ((format >> i) & 1) === 1;
  for (let i = 0; i < 15; i++) {
    const [x, y] = i < 6 ? [8, i] : i < 8 ? [8, i + 1] : i === 8 ? [7, 8] : [14 - i, 8];
    canvas.set(x, y, isSet(i));
    if (i < 8) canvas.set(size - 1 - i, 8, isSet(i));
    else canvas.set(8, size - 15 + i, isSet(i));
  }
  canvas.set(8, size - 8, true);
}

/** ISO/IEC 18004 §7.8.3: runs, squares, what looks like a corner, and too much of one colour. */
function penalty(code: QrCode): number {
  const { length: size } = code;
  const columns = code.map((_, x) => code.map((row) => row[x]!));
  let points = 0;
  for (const line of [...code, ...columns]) points += linePenalty(line);
  let dark = 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const here = code[y]![x]!;
      if (here) dark++;
      const isSquare =
        x > 0 && y > 0 && here === code[y]![x - 1] && here === code[y - 1]![x] && here === code[y - 1]![x - 1];
      if (isSquare) points += 3;
    }
  }
  return points + 10 * Math.floor(Math.abs((20 * dark) / size ** 2 - 10));
}

function linePenalty(line: readonly boolean[]): number {
  const text = line.map((isDark) => (isDark ? "1" : "0")).join("");
  let points = 0;
  for (const run of text.match(/0{5,}|1{5,}/g) ?? []) points += run.length - 2;
  points += 40 * [...text.matchAll(/(?=00001011101|10111010000)/g)].length;
  return points;
}
