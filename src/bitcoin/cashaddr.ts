/** CashAddr (spec/01 §8.3). */
const CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const CHECKSUM_LENGTH = 8;
/** 40-bit generators as two halves of 20 bits, since bit operations have 32. */
const GENERATORS: readonly (readonly [high: number, low: number])[] = [
  [0x98f2b, 0xc8e61],
  [0x79b76, 0xd99e2],
  [0xf33e5, 0xfb3c4],
  [0xae2ea, 0xbe2a8],
  [0x1e4f4, 0x3e470],
];

export interface CashAddress {
  /** 0 pays a public key's hash, 1 a script's; others have no script here. */
  readonly type: number;
  readonly hash: Uint8Array;
}

/** What the text says if it is a CashAddr of `prefix` (which the text may leave out), else null. */
export function decodeCashAddr(text: string, prefix: string): CashAddress | null {
  if (!/^[!-~]+$/.test(text)) return null;
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) return null;
  const colon = lower.lastIndexOf(":");
  if (colon >= 0 && lower.slice(0, colon) !== prefix) return null;
  const payload = lower.slice(colon + 1);
  if (payload.length <= CHECKSUM_LENGTH || payload.length > 112) return null;
  const symbols: number[] = [];
  for (const char of payload) {
    const symbol = CHARSET.indexOf(char);
    if (symbol < 0) return null;
    symbols.push(symbol);
  }
  if (!isZeroChecksum(checksum(prefix, symbols))) return null;
  const bytes = regroupToBytes(symbols.slice(0, -CHECKSUM_LENGTH));
  if (bytes === null || bytes.length === 0) return null;
  const version = bytes[0]!;
  const hash = bytes.subarray(1);
  if (hash.length * 8 !== hashBits(version)) return null;
  // The reserved top bit of the version is not looked at: the reference's test for it never fires.
  return { type: (version & 0x78) >> 3, hash };
}

/** The full form, with its prefix. */
export function encodeCashAddr(prefix: string, address: CashAddress): string {
  const size = [160, 192, 224, 256, 320, 384, 448, 512].indexOf(address.hash.length * 8);
  if (size < 0) throw new RangeError(`a CashAddr cannot hold ${address.hash.length} bytes`);
  const symbols = regroupToSymbols([(address.type << 3) | size, ...address.hash]);
  const [high, low] = checksum(prefix, [...symbols, ...new Array<number>(CHECKSUM_LENGTH).fill(0)]);
  const halves = [high, low ^ 1];
  const check = halves.flatMap((half) => [half >>> 15, (half >>> 10) & 31, (half >>> 5) & 31, half & 31]);
  return `${prefix}:${[...symbols, ...check].map((symbol) => CHARSET[symbol]).join("")}`;
}

function hashBits(version: number): number {
  return (160 + 32 * (version & 3)) * (version & 4 ? 2 : 1);
}

function isZeroChecksum([high, low]: readonly [number, number]): boolean {
  return high === 0 && low === 1;
}

/** The final state of the checksum, before its XOR with 1. */
function checksum(prefix: string, symbols: readonly number[]): [high: number, low: number] {
  let high = 0;
  let low = 1;
  const absorb = (value: number): void => {
    const top = high >>> 15;
    high = ((high & 0x7fff) << 5) | (low >>> 15);
    low = ((low & 0x7fff) << 5) ^ value;
    GENERATORS.forEach(([generatorHigh, generatorLow], i) => {
      if ((top >>> i) & 1) {
        high ^= generatorHigh;
        low ^= generatorLow;
      }
    });
  };
  for (let i = 0; i < prefix.length; i++) absorb(prefix.charCodeAt(i) & 31);
  absorb(0);
  for (const symbol of symbols) absorb(symbol);
  return [high, low];
}

/** Eight bits from five; null if five or more bits are left over, or any that is not zero. */
function regroupToBytes(symbols: readonly number[]): Uint8Array | null {
  const bytes = new Uint8Array(Math.floor((symbols.length * 5) / 8));
  let buffer = 0;
  let bits = 0;
  let length = 0;
  for (const symbol of symbols) {
    buffer = ((buffer << 5) | symbol) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[length++] = buffer >>> bits;
    }
  }
  const padding = buffer & ((1 << bits) - 1);
  return bits >= 5 || padding !== 0 ? null : bytes;
}

function regroupToSymbols(bytes: readonly number[]): number[] {
  const symbols: number[] = [];
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      symbols.push((buffer >>> bits) & 31);
    }
  }
  if (bits > 0) symbols.push((buffer << (5 - bits)) & 31);
  return symbols;
}
