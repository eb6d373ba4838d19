import { Deque } from "../core/deque.js";

/** Milliseconds that one turn may take, and shares that are looked at before the time is (spec/09 §5.2). */
export const TURN_MS = 5;

/**
 * Hands out turns of work, one in each turn of the event loop, so that any number of peers together do not hold it up:
 * whoever has one works for a few milliseconds and asks for the next. Alone, one begins at once.
 */
export class Turns {
  private readonly urgent = new Deque<() => void>();
  private readonly normal = new Deque<() => void>();
  private isTaken = false;

  /** Resolves when it is the caller's turn. Urgent ones come first. */
  take(isUrgent: boolean): Promise<void> {
    if (!this.isTaken) {
      this.isTaken = true;
      setImmediate(this.release);
      return Promise.resolve();
    }
    return new Promise((resolve) => (isUrgent ? this.urgent : this.normal).pushBack(resolve));
  }

  private readonly release = (): void => {
    const next = this.urgent.popFront() ?? this.normal.popFront();
    if (next === undefined) this.isTaken = false;
    else {
      setImmediate(this.release);
      next();
    }
  };
}
