import type { Job, Solution } from "./job.js";

/** Furthest that a header's time may lie ahead of the clock, seconds: daemons refuse more. */
const MAX_FUTURE_SECONDS = 7200;
/** A job's time follows our clock this far beyond the template's, seconds: ours may be wrong, and then the daemon would refuse. */
const MAX_AHEAD_OF_TEMPLATE = 3600;
const HEADER_SIZE = 80;

/** What is wrong with the form of a solution, whatever its hash is; null for nothing (spec/10 §11.1). `now`: seconds. */
export function findFault(solution: Solution, { header }: Job, now: number): string | null {
  if (solution.extranonce.length !== 8) return "Invalid extranonce length";
  if (solution.time < header.minTime) return "time-too-old";
  if (solution.time > latestTime(header, now)) return "time-too-new";
  const fixed = ~header.versionMask;
  if ((solution.version & fixed) !== (header.version & fixed)) return "Invalid version mask";
  return null;
}

/**
 * Latest time of a solution, seconds. The template's time is the daemon's: where our clock has fallen behind it, the miners'
 * work is good all the same.
 */
export function latestTime({ time }: Job["header"], now: number): number {
  return Math.max(now, time) + MAX_FUTURE_SECONDS;
}

/** Time that a miner of a job is to begin with, seconds: it goes on with the clock while the template stays. */
export function startTime({ time, minTime }: Job["header"], now: number): number {
  return Math.max(time, minTime, Math.min(Math.floor(now), time + MAX_AHEAD_OF_TEMPLATE));
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
