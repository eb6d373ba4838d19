import type { Clock } from "../platform/clock.js";
import { TIMERS } from "./limits.js";

/**
 * How long a peer takes to answer. Asked for share 0, which nobody has and everybody answers at once: the only round trip
 * that the protocol offers (spec/06 §6.6).
 */
export class RoundTrip {
  private readonly clock: Clock;
  private nextMs: number = TIMERS.firstRoundTrip;
  /** Milliseconds; null before the first answer. */
  lastMs: number | null = null;
  quickestMs: number | null = null;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** `ageMs`: of the connection. */
  isDue(ageMs: number): boolean {
    return ageMs >= this.nextMs;
  }

  measure(ageMs: number, ask: () => Promise<unknown>): void {
    const startMs = this.clock.monotonicMs();
    this.nextMs = ageMs + TIMERS.roundTrip;
    ask().then(
      () => {
        this.lastMs = this.clock.monotonicMs() - startMs;
        this.quickestMs = Math.min(this.lastMs, this.quickestMs ?? this.lastMs);
      },
      () => {
        // Whatever went wrong has been dealt with where it did.
      },
    );
  }
}
