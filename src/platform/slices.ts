import { nextTurn } from "./clock.js";

/** Longest that the event loop waits for one slice, milliseconds. */
const SLICE_MS = 4;

/**
 * What a computation in steps comes to. It works for some milliseconds, then in later turns of the event loop, so that
 * miners' and peers' messages do not wait for it. Rejects with what a step throws.
 */
export async function inSlices<T>(steps: Generator<void, T>): Promise<T> {
  for (let endMs = performance.now() + SLICE_MS; ; ) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() < endMs) continue;
    await nextTurn();
    endMs = performance.now() + SLICE_MS;
  }
}
