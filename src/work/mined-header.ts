import type { Job, Solution } from "./job.js";

/** Furthest that a header's time may lie ahead of the clock, seconds: daemons refuse more. */
const MAX_FUTURE_SECONDS = 7200;
const HEADER_SIZE = 80;

/** What is wrong with the form of a solution, whatever its hash is; null for nothing (spec/10 §11.1). `now`: seconds. */
export function findFault(solution: Solution, { header }: Job, now: number): string | null {
  if (solution.extranonce.length !== 8) return "Invalid extranonce length";
  if (solution.time < header.minTime) return "time-too-old";
  if (solution.time > now + MAX_FUTURE_SECONDS) return "time-too-new";
  const fixed = ~header.versionMask;
  if ((solution.version & fixed) !== (header.version & fixed)) return "Invalid version mask";
  return null;
}

/** The 80 bytes that were hashed. `merkleRoot`: 32 bytes in wire order. */
export function minedHeader(
  { previousBlock, bits }: Job["header"],
  merkleRoot: Uint8Array,
  { version, time, nonce }: Pick<Solution, "nonce" | "time" | "version">,
): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, version, true);
  bytes.set(previousBlock, 4);
  bytes.set(merkleRoot, 36);
  view.setUint32(68, time, true);
  view.setUint32(72, bits, true);
  view.setUint32(76, nonce, true);
  return bytes;
}
