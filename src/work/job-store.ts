import type { JobId } from "./job.js";

/** What the jobs may take together. A node that pays 200 addresses has room for some 20,000 jobs. */
const MOST_BYTES = 256 * 2 ** 20;
/** Of a job besides its generation transaction. */
const JOB_BYTES = 5000;

/**
 * Jobs that solutions are accepted for. Miners decide how many there are, one for each address that they name, so that bytes are
 * the bound: when it is reached the oldest goes. A count that a public node's addresses surpass would take work from miners
 * that was given to them a moment ago.
 */
export class JobStore<Kept> {
  private readonly jobs = new Map<JobId, { readonly kept: Kept; readonly bytes: number }>();
  private readonly maxBytes: number;
  private bytes = 0;

  constructor(maxBytes = MOST_BYTES) {
    this.maxBytes = maxBytes;
  }

  has(id: JobId): boolean {
    return this.jobs.has(id);
  }

  get(id: JobId): Kept | undefined {
    return this.jobs.get(id)?.kept;
  }

  /** `gentxBytes`: of its generation transaction. */
  add(id: JobId, kept: Kept, gentxBytes: number): void {
    const bytes = JOB_BYTES + gentxBytes;
    this.bytes += bytes;
    for (const [oldest, { bytes: size }] of this.jobs) {
      if (this.bytes <= this.maxBytes) break;
      this.jobs.delete(oldest);
      this.bytes -= size;
    }
    this.jobs.set(id, { kept, bytes });
  }

  /** Drops the oldest for as long as they are over. */
  expire(isOver: (kept: Kept) => boolean): void {
    for (const [id, { kept, bytes }] of this.jobs) {
      if (!isOver(kept)) return;
      this.jobs.delete(id);
      this.bytes -= bytes;
    }
  }
}
