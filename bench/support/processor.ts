import { readdirSync, readFileSync } from "node:fs";

/** Processes that one has started and that run. Linux only. */
export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

/** Processor time of all threads of a process so far, without its children's, seconds. Linux only. */
export function processorSecondsOf(pid: number): number {
  // `schedstat` of a process is that of its first thread.
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + threadSeconds(pid, thread), 0);
}

/** Processor time of this process's first thread so far, seconds. Linux only. */
export function firstThreadSeconds(): number {
  return threadSeconds(process.pid, String(process.pid));
}

function threadSeconds(pid: number, thread: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1e9;
  } catch (error) {
    // The first thread is there as long as the process is; others may have ended meanwhile.
    if (thread === String(pid)) throw error;
    return 0;
  }
}
