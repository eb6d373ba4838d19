/** The only source of time and timers; handed in through constructors so that tests and simulations run on virtual time. */
export interface Clock {
  /** Seconds since 1970, with a fraction. */
  now(): number;
  /** Milliseconds that never run backwards; only differences mean something. */
  monotonicMs(): number;
  /** Calls once after a delay. The timer does not keep the process alive. */
  after(delayMs: number, action: () => void): Timer;
  /** Calls again and again. The timer does not keep the process alive. */
  every(periodMs: number, action: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

export const systemClock: Clock = {
  now: () => Date.now() / 1000,
  monotonicMs: () => performance.now(),
  after(delayMs, action) {
    const handle = setTimeout(action, delayMs).unref();
    return { cancel: () => clearTimeout(handle) };
  },
  every(periodMs, action) {
    const handle = setInterval(action, periodMs).unref();
    return { cancel: () => clearInterval(handle) };
  },
};

/** Lets whatever else waits have its turn of the event loop, so that long work can be done in slices. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Whether work is settled within so many milliseconds; never rejects. The work goes on. */
export async function isSettledWithin(clock: Clock, limitMs: number, work: Promise<unknown>): Promise<boolean> {
  const waited = new AbortController();
  const settled = work.then(
    () => true,
    () => true,
  );
  const isInTime = await Promise.race([settled, sleep(clock, limitMs, waited.signal).then(() => false)]);
  waited.abort();
  return isInTime;
}

/** Waits on a clock. Resolves early, without an error, when the signal is aborted. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      timer.cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.after(delayMs, done);
    signal?.addEventListener("abort", done, { once: true });
  });
}
