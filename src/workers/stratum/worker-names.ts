import type { WorkerRecord } from "../worker-table.js";
import type { StratumContext } from "./context.js";

/** The user names authorised on one connection, as they were sent, and their statistics; one is in force. */
export class WorkerNames {
  private readonly context: StratumContext;
  private readonly names = new Map<string, WorkerRecord>();
  private readonly records = new Set<WorkerRecord>();

  constructor(context: StratumContext) {
    this.context = context;
  }

  get(username: string): WorkerRecord | undefined {
    return this.names.get(username);
  }

  /** `name`: canonical. Beyond the bound further names are joined with `first`, the one that the connection began with. */
  open(username: string, name: string, first: WorkerRecord | null): WorkerRecord {
    const known = this.names.get(username);
    if (known !== undefined) return known;
    const { clock, limits, workers } = this.context;
    if (this.names.size >= limits.namesPerConnection && first !== null) return first;
    const record = workers.open(name, clock.monotonicMs());
    this.names.set(username, record);
    if (!this.records.has(record)) record.connections++;
    this.records.add(record);
    workers.changed(record);
    return record;
  }

  /** The connection is gone. */
  close(): void {
    const nowMs = this.context.clock.monotonicMs();
    for (const record of this.records) {
      record.connections--;
      record.lastSeenMs = nowMs;
      this.context.workers.changed(record);
    }
    this.records.clear();
    this.names.clear();
  }
}
