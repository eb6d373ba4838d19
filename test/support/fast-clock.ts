import { type Clock, systemClock } from "../../src/platform/clock.js";

/** Time that runs as many times faster from now on: what a node waits for in minutes takes seconds, beside real daemons. */
export function fastClock(factor: number): Clock {
  const startedAt = systemClock.now();
  const startedMs = systemClock.monotonicMs();
  const elapsedMs = (): number => (systemClock.monotonicMs() - startedMs) * factor;
  return {
    now: () => startedAt + elapsedMs() / 1000,
    monotonicMs: elapsedMs,
    after: (delayMs, action) => systemClock.after(delayMs / factor, action),
    every: (periodMs, action) => systemClock.every(periodMs / factor, action),
  };
}
