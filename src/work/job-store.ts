import { Deque } from "../core/deque.js";
import type { JobId } from "./job.js";

/** What the jobs may take together. A node that pays 200 addresses has room for some 28,000 jobs. */
const MOST_BYTES = 256 * 2 ** 20;
/** So many of any age are kept, and all of the last events: after a burst of events older ones are seldom asked for. */
const KEPT = 1000;
const KEPT_EVENTS = 16;
/** Of a job besides its generation transaction. */
const JOB_BYTES = 2500;

/** A job in a store, for who would otherwise look it up again and again. */
export interface StoredJob<Kept> {
  readonly kept: Kept;
  /** Its solutions are accepted. */
  readonly isKept: boolean;
}

interface Entry<Kept> extends StoredJob<Kept> {
  readonly id: JobId;
  isKept: boolean;
  readonly bytes: number;
  readonly event: number;
}

/**
 * Jobs that solutions are accepted for. Miners decide how many there are, one for each address that they name, so that bytes are
 * the bound: when it is reached the oldest goes. A count that a public node's addresses surpass would take work from miners
 * that was given to them a moment ago.
 */
export class JobStore<Kept> {
  private readonly jobs = new Map<JobId, Entry<Kept>>();
  /**
   * The same, the oldest first. A map's first entry is found behind the places of all that were taken from its front: at thousands of
   * jobs that took as long as making one.
   */
  private readonly order = new Deque<Entry<Kept>>();
  private readonly maxBytes: number;
  private bytes = 0;
  private event = 0;

  constructor(maxBytes = MOST_BYTES) {
    this.maxBytes = maxBytes;
  }

  get(id: JobId): Kept | undefined {
    return this.jobs.get(id)?.kept;
  }

  /** Jobs that are added from now on are of newer work. */
  nextEvent(): void {
    this.event++;
  }

  /** `gentxBytes`: of its generation transaction. */
  add(id: JobId, kept: Kept, gentxBytes: number): StoredJob<Kept> {
    const { event } = this;
    const bytes = JOB_BYTES + gentxBytes;
    this.bytes += bytes;
    for (let oldest = this.order.front(); oldest !== undefined; oldest = this.order.front()) {
      const isOld = this.jobs.size >= KEPT && oldest.event <= event - KEPT_EVENTS;
      if (!isOld && this.bytes <= this.maxBytes) break;
      this.drop(oldest);
    }
    const entry = { id, kept, isKept: true, bytes, event };
    this.jobs.set(id, entry);
    this.order.pushBack(entry);
    return entry;
  }

  /** Drops the oldest for as long as they are over. */
  expire(isOver: (kept: Kept) => boolean): void {
    for (let oldest = this.order.front(); oldest !== undefined; oldest = this.order.front()) {
      if (!isOver(oldest.kept)) return;
      this.drop(oldest);
    }
  }

  private drop(entry: Entry<Kept>): void {
    this.order.popFront();
    this.jobs.delete(entry.id);
    entry.isKept = false;
    this.bytes -= entry.bytes;
  }
}
