import type { Clock, Timer } from "../../../../src/platform/clock.js";

interface Entry {
  dueMs: number;
  readonly periodMs: number | null;
  readonly action: () => void;
}

/** Time that stands still until it is moved. */
export class VirtualClock implements Clock {
  private readonly entries = new Set<Entry>();
  private readonly startSeconds: number;
  private elapsedMs = 0;

  constructor({ startSeconds = 1_700_000_000 }: { startSeconds?: number } = {}) {
    this.startSeconds = startSeconds;
  }

  now(): number {
    return this.startSeconds + this.elapsedMs / 1000;
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  after(delayMs: number, action: () => void): Timer {
    return this.add({ dueMs: this.elapsedMs + delayMs, periodMs: null, action });
  }

  every(periodMs: number, action: () => void): Timer {
    return this.add({ dueMs: this.elapsedMs + periodMs, periodMs, action });
  }

  /** Runs everything that is due until then, in order. */
  advance(milliseconds: number): void {
    const endMs = this.elapsedMs + milliseconds;
    for (;;) {
      let next: Entry | null = null;
      for (const entry of this.entries)
        if (entry.dueMs <= endMs && (next === null || entry.dueMs < next.dueMs)) next = entry;
      if (next === null) break;
      this.elapsedMs = Math.max(this.elapsedMs, next.dueMs);
      if (next.periodMs === null) this.entries.delete(next);
      else next.dueMs += next.periodMs;
      next.action();
    }
    this.elapsedMs = endMs;
  }

  get timers(): number {
    return this.entries.size;
  }

  private add(entry: Entry): Timer {
    this.entries.add(entry);
    return { cancel: () => this.entries.delete(entry) };
  }
}
