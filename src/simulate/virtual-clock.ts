import type { Clock, Timer } from "../platform/clock.js";

interface Entry {
  dueMs: number;
  order: number;
  readonly periodMs: number | null;
  action: (() => void) | null;
}

/** When simulated time begins, seconds since 1970. */
const EPOCH = 1_700_000_000;

/**
 * Time that jumps from one timer to the next; a heap of timers, those of one moment in the order in which they were set. What
 * a moment sets off in later turns of the event loop ends before time goes on.
 */
export class VirtualClock implements Clock {
  private readonly heap: Entry[] = [];
  private readonly turns: number;
  private elapsedMs = 0;
  private orders = 0;

  /** `turns` of the event loop are waited for after each moment: one to take a share in and one to evaluate the chain by default. */
  constructor(turns = 2) {
    this.turns = turns;
  }

  now(): number {
    return EPOCH + this.elapsedMs / 1000;
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

  /** Runs all that falls due up to a moment, which it then is. @throws what a timer throws */
  async runUntil(endMs: number): Promise<void> {
    await settle(this.turns);
    for (let dueMs = this.nextMs; dueMs <= endMs; dueMs = this.nextMs) {
      this.elapsedMs = dueMs;
      // What is set for this same moment meanwhile is of it too.
      while (this.heap[0] !== undefined && this.heap[0].dueMs <= this.elapsedMs) this.fire(this.pop());
      await settle(this.turns);
    }
    this.elapsedMs = endMs;
  }

  /** When the next timer falls due, on `monotonicMs`; Infinity if none is set. */
  get nextMs(): number {
    while (this.heap[0]?.action === null) this.pop();
    return this.heap[0]?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  /** Timers that are set. */
  get size(): number {
    return this.heap.filter(({ action }) => action !== null).length;
  }

  private fire(entry: Entry): void {
    const { action } = entry;
    if (action === null) return;
    if (entry.periodMs === null) entry.action = null;
    else {
      entry.dueMs += entry.periodMs;
      entry.order = this.orders++;
      this.push(entry);
    }
    action();
  }

  private add(delayMs: number, periodMs: number | null, action: () => void): Timer {
    const entry: Entry = { dueMs: this.elapsedMs + Math.max(0, delayMs), order: this.orders++, periodMs, action };
    this.push(entry);
    return {
      cancel: () => {
        entry.action = null;
      },
    };
  }

  private push(entry: Entry): void {
    const { heap } = this;
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (isBefore(heap[above]!, entry)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = entry;
  }

  private pop(): Entry {
    const { heap } = this;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++;
      if (isBefore(last, heap[below]!)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = last;
    return top;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

/** Lets promises and turns of work that are ready now come to their end. */
export async function settle(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}
