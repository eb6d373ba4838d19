import type { Clock, Timer } from "../../../../src/platform/clock.js";

interface Entry {
  dueMs: number;
  readonly order: number;
  readonly periodMs: number | null;
  readonly action: () => void;
}

/** Lets promises and turns of work that are ready now come to their end. */
export async function settle(turns = 3): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Time that moves only when it is told to, and waits for what each moment sets off. */
export class VirtualTime implements Clock {
  private readonly entries = new Set<Entry>();
  private elapsedMs = 0;
  private orders = 0;
  /** Seconds that the wall clock is off; a test steps it. */
  wallOffset = 0;

  now(): number {
    return 1_700_000_000 + this.wallOffset + this.elapsedMs / 1000;
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  after(delayMs: number, action: () => void): Timer {
    return this.add(delayMs, null, action);
  }

  every(periodMs: number, action: () => void): Timer {
    return this.add(periodMs, periodMs, action);
  }

  /** Timers that are set. */
  get size(): number {
    return this.entries.size;
  }

  /** Runs what falls due, moment by moment. */
  async run(milliseconds: number): Promise<void> {
    const endMs = this.elapsedMs + milliseconds;
    await settle();
    for (;;) {
      const due = this.next(endMs);
      if (due.length === 0) break;
      this.elapsedMs = Math.max(this.elapsedMs, due[0]!.dueMs);
      for (const entry of due) {
        if (!this.entries.has(entry)) continue;
        if (entry.periodMs === null) this.entries.delete(entry);
        else entry.dueMs += entry.periodMs;
        entry.action();
      }
      await settle();
    }
    this.elapsedMs = endMs;
  }

  /** Runs until something is so; fails if it takes longer than that. */
  async until(what: () => boolean, withinMs = 60_000): Promise<void> {
    const endMs = this.elapsedMs + withinMs;
    await settle();
    while (!what()) {
      const [next] = this.next(endMs);
      if (next === undefined) throw new Error(`not so within ${withinMs} ms`);
      await this.run(Math.max(0, next.dueMs - this.elapsedMs));
    }
  }

  /** Entries of the earliest moment, in the order in which they were set. */
  private next(endMs: number): Entry[] {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.entries) earliest = Math.min(earliest, dueMs);
    if (earliest > endMs) return [];
    return [...this.entries].filter(({ dueMs }) => dueMs === earliest).sort((a, b) => a.order - b.order);
  }

  private add(delayMs: number, periodMs: number | null, action: () => void): Timer {
    const dueMs = this.elapsedMs + Math.max(0, delayMs);
    const entry: Entry = { dueMs, order: this.orders++, periodMs, action };
    this.entries.add(entry);
    return { cancel: () => void this.entries.delete(entry) };
  }
}
