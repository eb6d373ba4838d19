import { readdir, readFile, statfs } from "node:fs/promises";
import { totalmem } from "node:os";

/** What a long-running program can run out of. Null where the system does not say. */
export interface MachineState {
  /** Bytes that this user may still write where the data is. */
  readonly freeDiskBytes: number | null;
  readonly descriptors: { readonly open: number; readonly limit: number } | null;
  readonly memory: { readonly usedBytes: number; readonly limitBytes: number };
}

/** `directory`: where the data is; null for none. */
export async function measureMachine(directory: string | null): Promise<MachineState> {
  const [freeDiskBytes, descriptors] = await Promise.all([freeBytes(directory), openDescriptors()]);
  return { freeDiskBytes, descriptors, memory: { usedBytes: process.memoryUsage.rss(), limitBytes: memoryLimit() } };
}

async function freeBytes(directory: string | null): Promise<number | null> {
  if (directory === null) return null;
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize;
  } catch {
    return null;
  }
}

/** Linux only: elsewhere there is no cheap way to know. */
async function openDescriptors(): Promise<MachineState["descriptors"]> {
  try {
    const [open, limits] = await Promise.all([readdir("/proc/self/fd"), readFile("/proc/self/limits", "utf8")]);
    const limit = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return limit === undefined ? null : { open: open.length, limit: Number(limit) };
  } catch {
    return null;
  }
}

/** What a container may use, or the machine has. */
function memoryLimit(): number {
  const total = totalmem();
  const constrained = process.constrainedMemory?.() ?? 0;
  return constrained > 0 && constrained < total ? constrained : total;
}

/** Descriptors that are for files, the daemon and other nodes whoever connects, and the part that is for all others (spec/09 §3). */
const RESERVED = 64;
const FOR_CONNECTIONS = 0.8;
const FEWEST_CONNECTIONS = 16;

/**
 * Connections that miners and browsers may have together on this machine, besides `others` that are known to come; null where
 * nothing says how many descriptors there are.
 */
export async function mostConnections(others: number): Promise<number | null> {
  const descriptors = await openDescriptors();
  if (descriptors === null) return null;
  const { limit, open } = descriptors;
  const room = Math.floor(Math.min(FOR_CONNECTIONS * limit, limit - RESERVED)) - open - others;
  return Math.max(FEWEST_CONNECTIONS, room);
}
