import type { Found, Rule, WarningFacts } from "./facts.js";

/** Seconds from which on our clock is doubted (spec/09 §6). */
const DOUBTED = 60;
const LEAST_FREE_DISK = 500_000_000;
/** Seconds from which on a disk that says nothing is thought to hang. */
const HANGING = 5;
const DESCRIPTORS_USED = 0.8;
const MEMORY_USED = 0.8;
/** Seconds that the event loop may be held up. */
const PAUSE = { warning: 0.5, error: 5 };

function clock({ clock: { difference, isWrong } }: WarningFacts): Found | null {
  if (difference === null || Math.abs(difference) <= DOUBTED) return null;
  const text = `this machine's clock is ${Math.abs(Math.round(difference))} seconds ${difference > 0 ? "behind" : "ahead of"} others`;
  return isWrong
    ? { id: "clock", severity: "error", text: `${text}: set it right, or shares will not be accepted` }
    : { id: "clock", severity: "warning", text };
}

function disk({ machine }: WarningFacts): readonly Found[] {
  const { storeFailure, slowWriteSeconds, freeDiskBytes } = machine;
  if (storeFailure !== null) {
    return [{ id: "disk", severity: "error", text: `nothing can be stored: ${storeFailure}` }];
  }
  if (slowWriteSeconds >= HANGING) {
    const text = `the disk has said nothing for ${Math.floor(slowWriteSeconds)} seconds about what was written to it: shares and found blocks go out without being stored`;
    return [{ id: "disk", severity: "error", text }];
  }
  if (freeDiskBytes === null || freeDiskBytes >= LEAST_FREE_DISK) return [];
  const text = `only ${Math.floor(freeDiskBytes / 1e6)} MB are free where the data is`;
  return [{ id: "disk", severity: "warning", text }];
}

function descriptors({ machine }: WarningFacts): Found | null {
  if (machine.descriptors === null) return null;
  const { open, limit } = machine.descriptors;
  if (open <= DESCRIPTORS_USED * limit) return null;
  const text = `${open} of ${limit} file descriptors are in use: raise the limit (ulimit -n, LimitNOFILE=), or miners will be turned away`;
  return { id: "descriptors", severity: "warning", text };
}

function memory({ machine }: WarningFacts): Found | null {
  const { usedBytes, limitBytes } = machine.memory;
  if (usedBytes <= MEMORY_USED * limitBytes) return null;
  const text = `${Math.round(usedBytes / 1e6)} MB of memory are in use, of ${Math.round(limitBytes / 1e6)} that there are`;
  return { id: "memory", severity: "warning", text };
}

function pauses({ machine }: WarningFacts): Found | null {
  const { longestPause } = machine;
  if (longestPause <= PAUSE.warning) return null;
  const text = `the program was held up for ${longestPause.toFixed(1)} seconds: this machine is too slow or too busy, and miners waited`;
  return { id: "event_loop", severity: longestPause > PAUSE.error ? "error" : "warning", text };
}

export const MACHINE_RULES: readonly Rule[] = [clock, disk, descriptors, memory, pauses];
