import * as virtual from "../../../../src/simulate/virtual-clock.js";

const TURNS = 3;

/** Lets promises and turns of work that are ready now come to their end. */
export function settle(turns = TURNS): Promise<void> {
  return virtual.settle(turns);
}

/** Time that moves only when it is told to, and waits for what each moment sets off. */
export class VirtualTime extends virtual.VirtualClock {
  /** Seconds that the wall clock is off; a test steps it. */
  wallOffset = 0;

  constructor() {
    super(TURNS);
  }

  override now(): number {
    return super.now() + this.wallOffset;
  }

  /** Runs what falls due, moment by moment. */
  run(milliseconds: number): Promise<void> {
    return this.runUntil(this.monotonicMs() + milliseconds);
  }

  /** Runs until something is so; fails if it takes longer than that. */
  async until(what: () => boolean, withinMs = 60_000): Promise<void> {
    const endMs = this.monotonicMs() + withinMs;
    await settle();
    while (!what()) {
      if (this.nextMs > endMs) throw new Error(`not so within ${withinMs} ms`);
      await this.runUntil(this.nextMs);
    }
  }
}
