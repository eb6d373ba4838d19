import type { Limits } from "./limits.js";

/** What to do after a request: go on, stop reading for a while, or close (spec/11 §4.11). */
export type RequestVerdict = "go" | "pause" | "close";

/** Requests of one connection: a bucket that fills at the sustained rate and holds one burst. */
export class RequestBudget {
  private readonly limits: Limits;
  private tokens: number;
  private atMs: number;
  private pauses = 0;

  constructor({ limits, nowMs }: { limits: Limits; nowMs: number }) {
    this.limits = limits;
    this.tokens = limits.requestBurst;
    this.atMs = nowMs;
  }

  take(nowMs: number): RequestVerdict {
    const { requestBurst, requestsPerSecond, overloadPauses } = this.limits;
    this.tokens = Math.min(requestBurst, this.tokens + ((nowMs - this.atMs) * requestsPerSecond) / 1000);
    this.atMs = nowMs;
    if (this.tokens === requestBurst) this.pauses = 0;
    this.tokens -= 1;
    if (this.tokens >= 1) return "go";
    this.pauses++;
    return this.pauses > overloadPauses ? "close" : "pause";
  }
}

/** Whether one connection's submissions are mostly rubbish (spec/11 §4.11). Keeps nothing until the first bad one. */
export class SubmissionConduct {
  private readonly limits: Limits;
  /** Times of the invalid ones among the last submissions; NaN for valid ones. */
  private ring: Float64Array | null = null;
  private seen = 0;

  constructor({ limits }: { limits: Limits }) {
    this.limits = limits;
  }

  /** Whether the connection should be closed. */
  note(invalid: boolean, nowMs: number): boolean {
    const { conductWindow } = this.limits;
    if (!invalid && this.ring === null) {
      this.seen++;
      return false;
    }
    this.ring ??= new Float64Array(conductWindow).fill(Number.NaN);
    this.ring[this.seen % conductWindow] = invalid ? nowMs : Number.NaN;
    this.seen++;
    return invalid && this.isTooBad(this.ring, nowMs);
  }

  private isTooBad(ring: Float64Array, nowMs: number): boolean {
    const { conductWindow, invalidMinimum, conductMs } = this.limits;
    let all = 0;
    let recent = 0;
    for (const atMs of ring) {
      if (Number.isNaN(atMs)) continue;
      all++;
      if (nowMs - atMs <= conductMs) recent++;
    }
    return recent >= invalidMinimum && 2 * all > Math.min(this.seen, conductWindow);
  }
}
