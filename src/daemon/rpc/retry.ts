import type { Random } from "../../core/random.js";
import { type Clock, sleep } from "../../platform/clock.js";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/** Pause before the repetition `attempt`, from 1: doubling from a quarter of a second to ten, less up to half by chance (spec/14 §10). */
export function backoffMs(attempt: number, random: Random): number {
  const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt - 1, 30));
  return full * (1 - random.uniform() / 2);
}

export interface RetryForeverOptions {
  readonly clock: Clock;
  readonly delayMs: number;
  /** Called for every failure; throw in it to give up. */
  readonly onError?: (error: unknown) => void;
  readonly signal?: AbortSignal;
}

/** Repeats until it succeeds. @throws the signal's reason, what `onError` throws */
export async function retryForever<T>(action: () => Promise<T>, options: RetryForeverOptions): Promise<T> {
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      return await action();
    } catch (error) {
      options.signal?.throwIfAborted();
      options.onError?.(error);
    }
    await sleep(options.clock, options.delayMs, options.signal);
  }
}
