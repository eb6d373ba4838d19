import { getHeapStatistics, setFlagsFromString } from "node:v8";
import type { Clock, Timer } from "./clock.js";

/** What the heap may grow by before all of it is looked through. */
const ROOM_BYTES = 64 * 2 ** 20;
/** Of what is in use. Beyond the greatest the heap is tiny; below the least it is large, and V8's own measure does. */
const PERCENT = { least: 30, most: 300 };
const LOOK_MS = 10_000;

/**
 * Gives the heap room to grow by a fixed amount of memory before it is collected as a whole. V8 lets the heap of a process that is
 * mostly idle, as nodes are, grow by a fifth: of 30 MB that is what some thousand jobs leave behind, and a collection in
 * the middle of a fan-out holds up the miners behind it. Until the returned timer is cancelled.
 */
export function keepHeapRoom(clock: Clock): Timer {
  let last: number | null = null;
  const look = (): void => {
    const percent = growthPercent(getHeapStatistics().used_heap_size);
    if (percent === last) return;
    last = percent;
    setFlagsFromString(`--heap-growing-percent=${percent}`);
  };
  look();
  return clock.every(LOOK_MS, look);
}

/** Percent of the heap in use that it may grow by, in tens; 0 leaves it to V8. */
export function growthPercent(used: number): number {
  const percent = 10 * Math.round((10 * ROOM_BYTES) / used);
  return percent < PERCENT.least ? 0 : Math.min(PERCENT.most, percent);
}
