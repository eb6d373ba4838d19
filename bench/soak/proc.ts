import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { childrenOf, processorSecondsOf } from "../support/processor.js";

/** What the operating system says of a process. */
export interface OuterCounts {
  /** Resident memory, bytes. */
  readonly resident: number;
  /** Open file descriptors. */
  readonly files: number;
  /** Of them sockets. */
  readonly sockets: number;
  readonly threads: number;
  /** Processes that it has started and that run. */
  readonly children: number;
  /** Their resident memory together, bytes. */
  readonly childrenResident: number;
  /** Processor time so far, its children not counted, seconds. */
  readonly processorSeconds: number;
}

/** @throws Error when there is no such process */
export function outerCounts(pid: number): OuterCounts {
  const folder = `/proc/${pid}`;
  const files = readdirSync(`${folder}/fd`);
  const threads = readdirSync(`${folder}/task`);
  const children = childrenOf(pid);
  return {
    resident: residentBytes(pid),
    files: files.length,
    sockets: files.filter((name) => linkOf(`${folder}/fd/${name}`).startsWith("socket:")).length,
    threads: threads.length,
    children: children.length,
    childrenResident: children.reduce((sum, child) => sum + orZero(() => residentBytes(child)), 0),
    processorSeconds: processorSecondsOf(pid),
  };
}

function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1] ?? 0) * 1024;
}

/** It may have ended meanwhile. */
function orZero(action: () => number): number {
  try {
    return action();
  } catch {
    return 0;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
