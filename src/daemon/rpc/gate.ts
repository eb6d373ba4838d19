export type Priority = "first" | "normal";

/**
 * Lets a bounded number of calls run at once; others wait, those of higher priority in front, first come first served among
 * equals (spec/14 §2). At most `maxWaiting` wait; `enter` returns null for one more.
 */
export class Gate {
  private readonly slots: number;
  private readonly maxWaiting: number;
  private running = 0;
  private readonly waiting: Record<Priority, Set<() => void>> = { first: new Set(), normal: new Set() };

  constructor({ slots, maxWaiting }: { readonly slots: number; readonly maxWaiting: number }) {
    this.slots = slots;
    this.maxWaiting = maxWaiting;
  }

  /** Resolves when the call may run; it must call `leave` then. Rejects with the signal's reason. */
  enter(priority: Priority, signal: AbortSignal): Promise<void> | null {
    if (this.running < this.slots) {
      this.running++;
      return Promise.resolve();
    }
    if (this.waiting.first.size + this.waiting.normal.size >= this.maxWaiting) return null;
    return new Promise((resolve, reject) => {
      const queue = this.waiting[priority];
      const go = (): void => {
        signal.removeEventListener("abort", give);
        resolve();
      };
      const give = (): void => {
        queue.delete(go);
        reject(signal.reason);
      };
      queue.add(go);
      signal.addEventListener("abort", give, { once: true });
    });
  }

  leave(): void {
    for (const queue of [this.waiting.first, this.waiting.normal]) {
      for (const go of queue) {
        // The slot passes on: `running` stays.
        queue.delete(go);
        go();
        return;
      }
    }
    this.running--;
  }
}
