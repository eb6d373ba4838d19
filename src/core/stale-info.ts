/**
 * What a share says of the share its miner lost before it (spec/01 §2.4): null, "orphan", "doa", or "unk" with a number.
 * All 256 bytes are legal, and each text stands for one byte.
 */
export type StaleInfo = null | "orphan" | "doa" | `unk${number}`;

const ORPHAN = 253;
const DEAD_ON_ARRIVAL = 254;

export function staleInfoOfByte(byte: number): StaleInfo {
  if (byte === 0) return null;
  if (byte === ORPHAN) return "orphan";
  return byte === DEAD_ON_ARRIVAL ? "doa" : `unk${byte}`;
}

export function staleInfoToByte(info: StaleInfo): number {
  if (info === null) return 0;
  if (info === "orphan") return ORPHAN;
  return info === "doa" ? DEAD_ON_ARRIVAL : Number(info.slice(3));
}
