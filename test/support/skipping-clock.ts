import type { Clock, Timer } from "../../src/platform/clock.js";

interface Entry {
  dueMs: number;
  readonly periodMs: number | null;
  readonly action: () => void;
}

/** Turns of the event loop in which sockets bring what has arrived. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Real time that a test may skip through: what falls due on the way happens in its order, and sockets have their turns. */
export class SkippingClock implements Clock {
  private readonly entries = new Set<Entry>();
  private readonly startMs = performance.now();
  private readonly wallMs = Date.now();
  private skippedMs = 0;
  private armed: NodeJS.Timeout | null = null;
  /** Seconds that the wall clock is off. */
  wallOffset = 0;

  now(): number {
    return (this.wallMs + this.monotonicMs() - this.startMs) / 1000 + this.wallOffset;
  }

  monotonicMs(): number {
    return performance.now() + this.skippedMs;
  }

  after(delayMs: number, action: () => void): Timer {
    return this.add(delayMs, null, action);
  }

  every(periodMs: number, action: () => void): Timer {
    return this.add(periodMs, periodMs, action);
  }

  async skip(milliseconds: number): Promise<void> {
    const endMs = this.monotonicMs() + milliseconds;
    for (;;) {
      await turns(4);
      const next = this.earliest();
      if (next === null || next.dueMs > endMs) break;
      this.skipTo(next.dueMs);
      this.fire();
    }
    this.skipTo(endMs);
    await turns(4);
  }

  private skipTo(dueMs: number): void {
    this.skippedMs += Math.max(0, dueMs - this.monotonicMs());
  }

  private add(delayMs: number, periodMs: number | null, action: () => void): Timer {
    const entry: Entry = { dueMs: this.monotonicMs() + Math.max(0, delayMs), periodMs, action };
    this.entries.add(entry);
    this.arm();
    return {
      cancel: () => {
        this.entries.delete(entry);
      },
    };
  }

  private earliest(): Entry | null {
    let earliest: Entry | null = null;
    for (const entry of this.entries) if (earliest === null || entry.dueMs < earliest.dueMs) earliest = entry;
    return earliest;
  }

  /** What is due, each once. */
  private fire(): void {
    const nowMs = this.monotonicMs();
    const due = [...this.entries].filter(({ dueMs }) => dueMs <= nowMs).sort((a, b) => a.dueMs - b.dueMs);
    for (const entry of due) {
      if (!this.entries.has(entry)) continue;
      if (entry.periodMs === null) this.entries.delete(entry);
      else entry.dueMs = Math.max(entry.dueMs + entry.periodMs, nowMs);
      entry.action();
    }
    this.arm();
  }

  private arm(): void {
    clearTimeout(this.armed ?? undefined);
    this.armed = null;
    const next = this.earliest();
    if (next === null) return;
    this.armed = setTimeout(() => this.fire(), Math.max(1, next.dueMs - this.monotonicMs())).unref();
  }
}
