import type { Clock, Timer } from "../../src/platform/clock.js";

interface Pending {
  readonly at: number;
  readonly action: () => void;
}

/** Time that stands still until the test moves it. */
export class ManualClock implements Clock {
  private ms = 1_700_000_000_000;
  private readonly pending = new Set<Pending>();
  private readonly watchers = new Set<() => void>();

  now(): number {
    return this.ms / 1000;
  }

  monotonicMs(): number {
    return this.ms;
  }

  after(delayMs: number, action: () => void): Timer {
    const entry = { at: this.ms + delayMs, action };
    this.pending.add(entry);
    for (const watcher of [...this.watchers]) watcher();
    return { cancel: () => void this.pending.delete(entry) };
  }

  every(): Timer {
    throw new Error("not needed here");
  }

  /** Timers that are set. */
  get size(): number {
    return this.pending.size;
  }

  /** Resolves when a timer of exactly this delay is set, or is already. */
  untilWaiting(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (![...this.pending].some(({ at }) => at === this.ms + delayMs)) return;
        this.watchers.delete(check);
        resolve();
      };
      this.watchers.add(check);
      check();
    });
  }

  /** Waits for a timer shorter than `belowMs`, moves on to it, and tells its delay. */
  async advanceToNext(belowMs: number): Promise<number> {
    const next = (): number =>
      Math.min(...[...this.pending].map(({ at }) => at - this.ms).filter((ms) => ms < belowMs));
    if (next() === Number.POSITIVE_INFINITY) {
      await new Promise<void>((resolve) => {
        const check = (): void => {
          if (next() === Number.POSITIVE_INFINITY) return;
          this.watchers.delete(check);
          resolve();
        };
        this.watchers.add(check);
      });
    }
    const delay = next();
    this.advance(delay);
    return delay;
  }

  /** Runs what falls due, in order. */
  advance(byMs: number): void {
    const end = this.ms + byMs;
    for (;;) {
      const due = [...this.pending].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.pending.delete(due);
      this.ms = Math.max(this.ms, due.at);
      due.action();
    }
    this.ms = end;
  }
}
