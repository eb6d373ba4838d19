import { copyFile, mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/*
 * LevelDB's log: blocks of 32 KiB, each of records that do not cross its end: u32le checksum, u16le length, u8 part (1 whole, 2
 * first, 3 middle, 4 last), then the bytes. The checksum is CRC-32C of part and bytes, turned by 15 bits and moved, so that
 * checksums of what holds checksums are no weaker. Fewer than seven bytes at a block's end are left empty.
 */
const BLOCK = 32 * 1024;
const HEADER = 7;
const MASK_DELTA = 0xa282ead8;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}

/** Whether a log holds what was not written so. One that a crash cut off does not: its last record is short or empty. */
export function isLogDamaged(log: Uint8Array): boolean {
  const view = new DataView(log.buffer, log.byteOffset, log.length);
  for (let start = 0; start < log.length; start += BLOCK) {
    const end = Math.min(start + BLOCK, log.length);
    for (let at = start; at + HEADER <= end; ) {
      const length = view.getUint16(at + 4, true);
      const dataEnd = at + HEADER + length;
      // Cut off, unless it is the length that is wrong.
      if (dataEnd > end) return end < log.length || dataEnd > start + BLOCK || hasRecordFrom(log, at + 1);
      const isEmpty = length === 0 && log[at + 6] === 0;
      // Room that was set aside and never written.
      if (isEmpty) return !log.subarray(at).every((byte) => byte === 0);
      if (!fitsChecksum(log, at, dataEnd)) return true;
      at = dataEnd;
    }
  }
  return false;
}

function fitsChecksum(log: Uint8Array, at: number, dataEnd: number): boolean {
  const stored = new DataView(log.buffer, log.byteOffset + at).getUint32(0, true);
  return stored === maskedCrc(log.subarray(at + 6, dataEnd));
}

/** Whether a record begins anywhere in the last block from there on. */
function hasRecordFrom(log: Uint8Array, from: number): boolean {
  for (let at = from; at + HEADER <= log.length; at++) {
    const part = log[at + 6]!;
    const dataEnd = at + HEADER + log[at + 4]! + 256 * log[at + 5]!;
    if (part >= 1 && part <= 4 && dataEnd <= log.length && fitsChecksum(log, at, dataEnd)) return true;
  }
  return false;
}

/** The names of the damaged logs of a database. LevelDB would leave out what it cannot read of them without a word. */
export async function damagedLogs(directory: string): Promise<string[]> {
  const damaged: string[] = [];
  for (const name of (await readdir(directory)).filter((one) => one.endsWith(".log"))) {
    if (isLogDamaged(await readFile(join(directory, name)))) damaged.push(name);
  }
  return damaged;
}

/** Copies files of a folder into another one, where nothing is replaced; returns where they are. */
export async function putAside(directory: string, names: readonly string[], into: string): Promise<string[]> {
  const taken = new Set(await readdir(into).catch(() => []));
  await mkdir(into, { recursive: true, mode: 0o700 });
  const paths: string[] = [];
  for (const name of names) {
    let free = name;
    for (let i = 1; taken.has(free); i++) free = `${name}.${i}`;
    taken.add(free);
    paths.push(join(into, free));
    await copyFile(join(directory, name), paths.at(-1)!);
  }
  return paths;
}
