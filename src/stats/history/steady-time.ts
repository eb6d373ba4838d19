import type { Clock } from "../../platform/clock.js";

/** Wall clock and monotonic clock may drift apart this far between two looks. */
const TOLERANCE_SECONDS = 60;
/** How long a jump has to last to be believed. */
const DOUBT_MS = 300_000;

/**
 * Wall-clock time that does not follow a jump at once: a clock that is wrong for a minute must not push a year of history
 * out of its bins. While it is in doubt there is no time, and nothing is recorded.
 */
export class SteadyTime {
  private readonly clock: Clock;
  private last: { readonly now: number; readonly ms: number } | null;
  private doubtfulSinceMs: number | null = null;

  /** `newest`: what was last recorded, seconds since 1970; the clock should not be before that. */
  constructor(clock: Clock, newest: number | null) {
    this.clock = clock;
    this.last = newest !== null && newest > clock.now() ? { now: newest, ms: clock.monotonicMs() } : null;
  }

  /** Seconds since 1970; null while the clock is in doubt. */
  now(): number | null {
    const now = this.clock.now();
    const ms = this.clock.monotonicMs();
    const { last } = this;
    const isSteady = last === null || Math.abs(now - last.now - (ms - last.ms) / 1000) <= TOLERANCE_SECONDS;
    if (!isSteady) {
      this.doubtfulSinceMs ??= ms;
      if (ms - this.doubtfulSinceMs < DOUBT_MS) return null;
    }
    this.doubtfulSinceMs = null;
    this.last = { now, ms };
    return now;
  }
}
