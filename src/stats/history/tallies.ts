import type { History } from "./history.js";
import type { StreamName } from "./streams.js";

/**
 * Counts of things that happen often, put together until they are handed to the history: thousands of submissions a second
 * cost an addition each.
 */
export class Tallies {
  private singles = new Map<StreamName, number>();
  private keyed = new Map<StreamName, Map<string, number>>();

  /** `key`: null for a stream that has none. */
  add(stream: StreamName, key: string | null, amount: number): void {
    if (key === null) {
      this.singles.set(stream, (this.singles.get(stream) ?? 0) + amount);
      return;
    }
    let sums = this.keyed.get(stream);
    if (sums === undefined) {
      sums = new Map();
      this.keyed.set(stream, sums);
    }
    sums.set(key, (sums.get(key) ?? 0) + amount);
  }

  handOver(history: History): void {
    for (const [stream, sum] of this.singles) history.record(stream, sum);
    for (const [stream, sums] of this.keyed) history.record(stream, Object.fromEntries(sums));
    this.singles = new Map();
    this.keyed = new Map();
  }
}
