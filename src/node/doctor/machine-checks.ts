import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorMessage } from "../../core/errors.js";
import { measureMachine } from "../../platform/machine.js";
import { type Check, ok, problem, unknown, warning } from "./check.js";

export interface MachineCheckOptions {
  /** Of the network's data. */
  readonly directory: string;
  /** Connections that miners and other nodes may have. */
  readonly connections: number;
}

const LEAST_FREE_DISK = 500_000_000;
/** Files, daemon, browsers. */
const OTHER_DESCRIPTORS = 200;

/** Room on the disk and in the tables of the system. Never rejects. */
export async function machineChecks({ directory, connections }: MachineCheckOptions): Promise<readonly Check[]> {
  const written = await writeCheck(directory);
  const { freeDiskBytes, descriptors } = await measureMachine(directory);
  return [
    written,
    ...(written.verdict === "ok" ? [diskCheck(freeDiskBytes)] : []),
    limitCheck(descriptors, connections),
  ];
}

async function writeCheck(directory: string): Promise<Check> {
  const probe = join(directory, `.doctor-${process.pid}`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(probe, "");
    await rm(probe);
    return ok("data folder", `${directory} can be written`);
  } catch (error) {
    return problem("data folder", `${directory} cannot be written: ${errorMessage(error)}`);
  }
}

function diskCheck(freeBytes: number | null): Check {
  if (freeBytes === null) return unknown("disk", "the system does not say how much room is left");
  const text = `${Math.floor(freeBytes / 1e6)} MB are free`;
  return freeBytes < LEAST_FREE_DISK ? warning("disk", `only ${text}: at least 500 should be`) : ok("disk", text);
}

function limitCheck(descriptors: { readonly limit: number } | null, connections: number): Check {
  if (descriptors === null) return unknown("descriptors", "the system does not say how many there are");
  const { limit } = descriptors;
  const needed = connections + OTHER_DESCRIPTORS;
  if (limit >= needed) return ok("descriptors", `${limit} file descriptors are enough for ${connections} connections`);
  const text = `${limit} file descriptors, ${connections} connections are allowed: raise the limit (ulimit -n, LimitNOFILE=) or lower --max-workers`;
  return warning("descriptors", text);
}
