import type { Clock, Timer } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import type { Database, Write } from "./database.js";
import { StoreError } from "./errors.js";
import type { StoreLimits } from "./limits.js";

export interface WriteQueueOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: StoreLimits;
}

interface Waiting {
  readonly value: Uint8Array | null;
  /** The database does not have the key, so that removing it again leaves nothing to write. */
  readonly isNew: boolean;
}

/**
 * Collects writes and puts them on disk in batches: in the order in which their keys came, only the last write of a key.
 * A failed batch stays here and is tried again; a full disk stops nobody (spec/05 §3.9), and is logged once.
 *
 * Life: the database is open from before the first call until `stop` has resolved.
 */
export class WriteQueue {
  private readonly options: WriteQueueOptions;
  private readonly waiting = new Map<string, Waiting>();
  /** The batch being written. */
  private inFlight: ReadonlyMap<string, Waiting> = new Map();
  private bytes = 0;
  private timer: Timer | null = null;
  private running: Promise<void> = Promise.resolve();
  private next: Promise<void> | null = null;
  private lastFailure: StoreError | null = null;
  /** Writes that go past the queue: those under way, and those that go together once these are done. */
  private direct: Promise<void> | null = null;
  private nextDirect: { readonly writes: Write[]; readonly done: Promise<void> } | null = null;
  /** Since when each batch is with the database. */
  private readonly underWay = new Set<{ readonly sinceMs: number }>();

  constructor(options: WriteQueueOptions) {
    this.options = options;
  }

  get length(): number {
    return this.waiting.size + this.inFlight.size;
  }

  /** Why nothing is being written at present; null if all is well. */
  get failure(): StoreError | null {
    return this.lastFailure;
  }

  /** Seconds that the oldest batch has been with the database, which says nothing; 0 if none is. */
  get slowSeconds(): number {
    const [oldest] = this.underWay;
    return oldest === undefined ? 0 : (this.options.clock.monotonicMs() - oldest.sinceMs) / 1000;
  }

  /** Who can do without should not put anything in now. */
  get isFull(): boolean {
    return this.bytes >= this.options.limits.waitingBytes;
  }

  /** To be written soon. `isNew`: the caller knows that the database does not have the key. */
  put(key: string, value: Uint8Array, isNew = false): void {
    const before = this.waiting.get(key);
    this.set(key, { value, isNew: before === undefined ? isNew && !this.inFlight.has(key) : before.isNew });
  }

  remove(key: string): void {
    if (this.waiting.get(key)?.isNew) this.drop(key);
    else this.set(key, { value: null, isNew: false });
  }

  /**
   * Puts these on disk at once, all or nothing, past what waits, which must not have the same keys. Where that fails they
   * wait like all others. A disk that hangs has one of the process's few threads for files, whatever is written meanwhile:
   * names are looked up with them, too. @throws StoreError
   */
  writeNow(writes: readonly Write[]): Promise<void> {
    if (this.nextDirect === null) {
      if (this.direct === null) return this.writeDirect(writes);
      const together: Write[] = [];
      const done = this.direct
        .catch(() => undefined)
        .then(() => {
          this.nextDirect = null;
          return this.writeDirect(together);
        });
      this.nextDirect = { writes: together, done };
    }
    this.nextDirect.writes.push(...writes);
    return this.nextDirect.done;
  }

  async read(key: string): Promise<Uint8Array | null> {
    const change = this.waiting.get(key) ?? this.inFlight.get(key);
    return change === undefined ? this.options.database.read(key) : change.value;
  }

  /** Resolves once everything put before this call is on disk. @throws StoreError; it stays and is tried again. */
  flush(): Promise<void> {
    // Whoever comes while a batch is being written shares the next one.
    this.next ??= this.running.then(() => {
      this.next = null;
      const run = this.write();
      this.running = run.catch(() => undefined);
      return run;
    });
    return this.next;
  }

  /** Writes what is left. @throws StoreError if that fails; it is lost then. */
  async stop(): Promise<void> {
    this.cancelTimer();
    for (let last = this.lastDirect; last !== null; last = this.lastDirect) await last.catch(() => undefined);
    try {
      await this.flush();
    } finally {
      this.cancelTimer();
      this.waiting.clear();
    }
  }

  private set(key: string, change: Waiting): void {
    this.bytes += sizeOf(key, change) - sizeOf(key, this.waiting.get(key));
    this.waiting.set(key, change);
    if (this.lastFailure !== null) this.schedule(this.options.limits.retryMs);
    else if (this.waiting.size >= this.options.limits.flushCount) void this.flush().catch(() => undefined);
    else this.schedule(this.options.limits.flushMs);
  }

  private drop(key: string): void {
    this.bytes -= sizeOf(key, this.waiting.get(key));
    this.waiting.delete(key);
  }

  private schedule(delayMs: number): void {
    this.timer ??= this.options.clock.after(delayMs, () => {
      this.timer = null;
      // The failure is logged and kept where it happens.
      void this.flush().catch(() => undefined);
    });
  }

  private cancelTimer(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  private async write(): Promise<void> {
    this.cancelTimer();
    // What comes in meanwhile is for the next turn, so that one caller does not wait for all others.
    let left = this.waiting.size;
    while (left > 0 && this.waiting.size > 0) {
      const batch = this.takeBatch(left);
      left -= batch.size;
      this.inFlight = batch;
      try {
        await this.toDisk(toWrites(batch));
        this.inFlight = new Map();
        this.succeeded();
      } catch (error) {
        this.putBack(batch);
        throw this.failed(error);
      }
    }
    if (this.waiting.size > 0) this.schedule(this.options.limits.flushMs);
  }

  private get lastDirect(): Promise<void> | null {
    return this.nextDirect?.done ?? this.direct;
  }

  private writeDirect(writes: readonly Write[]): Promise<void> {
    const written = this.toDisk(writes).catch((error: unknown) => {
      for (const { key, value } of writes) this.set(key, { value, isNew: false });
      throw this.failed(error);
    });
    const run = written.finally(() => {
      if (this.direct === run) this.direct = null;
    });
    this.direct = run;
    return run;
  }

  private async toDisk(writes: readonly Write[]): Promise<void> {
    const batch = { sinceMs: this.options.clock.monotonicMs() };
    this.underWay.add(batch);
    try {
      await this.options.database.write(writes);
    } finally {
      this.underWay.delete(batch);
    }
  }

  private takeBatch(most: number): Map<string, Waiting> {
    const { batchCount, batchBytes } = this.options.limits;
    const batch = new Map<string, Waiting>();
    let bytes = 0;
    for (const [key, change] of this.waiting) {
      if (batch.size >= Math.min(most, batchCount) || bytes >= batchBytes) break;
      bytes += sizeOf(key, change);
      batch.set(key, change);
      this.drop(key);
    }
    return batch;
  }

  /** What was written newer meanwhile wins; nobody knows any more which keys the database has. */
  private putBack(batch: ReadonlyMap<string, Waiting>): void {
    this.inFlight = new Map();
    const newer = [...this.waiting];
    this.waiting.clear();
    this.bytes = 0;
    for (const [key, { value }] of [...batch, ...newer]) this.restore(key, { value, isNew: false });
  }

  private restore(key: string, change: Waiting): void {
    this.bytes += sizeOf(key, change) - sizeOf(key, this.waiting.get(key));
    this.waiting.set(key, change);
  }

  private succeeded(): void {
    if (this.lastFailure === null) return;
    this.lastFailure = null;
    this.options.log.info(`the store in ${this.options.database.location} is being written again`);
  }

  private failed(error: unknown): StoreError {
    const failure = error instanceof StoreError ? error : new StoreError(String(error), "STORE_IO", { cause: error });
    if (this.lastFailure?.code !== failure.code) {
      this.options.log.error({ code: failure.code }, `${failure.message}; what waits is tried again`);
    }
    this.lastFailure = failure;
    this.schedule(this.options.limits.retryMs);
    return failure;
  }
}

function sizeOf(key: string, change: Waiting | undefined): number {
  return change === undefined ? 0 : key.length + (change.value?.length ?? 0);
}

function toWrites(batch: ReadonlyMap<string, Waiting>): Write[] {
  return [...batch].map(([key, { value }]) => ({ key, value }));
}
