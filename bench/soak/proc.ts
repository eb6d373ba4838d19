import { readdirSync, readFileSync, readlinkSync } from "node:fs";

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
  const children = readFileSync(`${folder}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  return {
    resident: residentBytes(pid),
    files: files.length,
    sockets: files.filter((name) => linkOf(`${folder}/fd/${name}`).startsWith("socket:")).length,
    threads: threads.length,
    children: children.length,
    childrenResident: children.reduce((sum, child) => sum + orZero(() => residentBytes(child)), 0),
    processorSeconds:
      Number(readFileSync(`${folder}/schedstat`, "utf8").split(" ")[0]) / 1e9 + threadSeconds(pid, threads),
  };
}

/** `schedstat` of a process is that of its first thread. */
function threadSeconds(pid: number, threads: readonly string[]): number {
  const others = threads.filter((thread) => thread !== String(pid));
  const seconds = (thread: string): number =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1e9;
  return others.reduce((sum, thread) => sum + orZero(() => seconds(thread)), 0);
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
