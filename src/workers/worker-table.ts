import { RateMeter } from "../core/rate-meter.js";
import type { RejectCode } from "../work/job.js";
import type { CoinbaseTrouble } from "./coinbase-limits.js";
import type { Limits } from "./limits.js";

/** What became of a worker's submissions (names as in spec/12 D.1). */
export interface SubmissionCounts {
  accepted: number;
  /** Valid but after the tip had changed, or for a job that is gone. */
  stale: number;
  duplicate: number;
  low: number;
  invalid: number;
}

/** One name with its statistics, over all its connections. */
export interface WorkerRecord {
  /** `payee` or `payee.worker` (spec/10 §6.1). */
  readonly name: string;
  readonly counts: SubmissionCounts;
  readonly meter: RateMeter;
  /** Expected hashes of all its valid work. */
  hashes: number;
  connections: number;
  /** Un-multiplied; null until a job was sent. */
  difficulty: number | null;
  userAgent: string | null;
  /** Null until a job was too long for it. */
  coinbase: CoinbaseTrouble | null;
  /** Seconds since 1970; null without a valid submission. */
  lastSubmitAt: number | null;
  lastSeenMs: number;
}

export function noSubmissions(): SubmissionCounts {
  return { accepted: 0, stale: 0, duplicate: 0, low: 0, invalid: 0 };
}

export function rejectionKind(code: RejectCode): Exclude<keyof SubmissionCounts, "accepted"> {
  return code === 20 ? "invalid" : code === 21 ? "stale" : code === 22 ? "duplicate" : "low";
}

/** Statistics by worker name. Bounded; idle workers are forgotten after an hour, also as a start for their difficulty. */
export class WorkerTable {
  private readonly limits: Limits;
  private readonly spanMs: number;
  private readonly records = new Map<string, WorkerRecord>();

  constructor({ limits, shareSeconds }: { limits: Limits; shareSeconds: number }) {
    this.limits = limits;
    this.spanMs = Math.max(60_000, 50_000 * shareSeconds);
  }

  /** The record of a name, made if there is none; the one idle longest makes room. */
  open(name: string, nowMs: number): WorkerRecord {
    const known = this.records.get(name);
    if (known !== undefined) {
      known.lastSeenMs = nowMs;
      // Insertion order is order of use.
      this.records.delete(name);
      this.records.set(name, known);
      return known;
    }
    if (this.records.size >= this.limits.workerNames) this.forgetOldest();
    const record: WorkerRecord = {
      name,
      counts: noSubmissions(),
      meter: new RateMeter({ spanMs: this.spanMs, nowMs }),
      hashes: 0,
      connections: 0,
      difficulty: null,
      userAgent: null,
      coinbase: null,
      lastSubmitAt: null,
      lastSeenMs: nowMs,
    };
    this.records.set(name, record);
    return record;
  }

  /** A record says something else than before; for tables that are told on. */
  changed(_record: WorkerRecord): void {}

  get(name: string): WorkerRecord | undefined {
    return this.records.get(name);
  }

  all(): Iterable<WorkerRecord> {
    return this.records.values();
  }

  /** Drops workers without a connection that were last seen long ago. */
  expire(nowMs: number): void {
    for (const record of this.records.values()) {
      if (record.connections === 0 && nowMs - record.lastSeenMs > this.limits.workerIdleMs) {
        this.records.delete(record.name);
      }
    }
  }

  private forgetOldest(): void {
    for (const record of this.records.values()) {
      if (record.connections > 0) continue;
      this.records.delete(record.name);
      return;
    }
    this.records.delete(this.records.keys().next().value!);
  }
}
