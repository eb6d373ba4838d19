export interface DebounceTimes {
  /** Milliseconds that something has to be bad until it is told. */
  readonly raiseAfterMs: number;
  /** And to be well again until that is told. */
  readonly clearAfterMs: number;
}

/** Tells once that something is bad, and once that it is well again, each when it has been so for a while. */
export class Debounce {
  private readonly times: DebounceTimes;
  private raised = false;
  /** Since when what is seen differs from what was told; null while it does not. */
  private differsSinceMs: number | null = null;

  constructor(times: DebounceTimes) {
    this.times = times;
  }

  get isRaised(): boolean {
    return this.raised;
  }

  /** What is to be told now. */
  see(isBad: boolean, nowMs: number): "over" | "raised" | null {
    if (isBad === this.raised) {
      this.differsSinceMs = null;
      return null;
    }
    this.differsSinceMs ??= nowMs;
    const { raiseAfterMs, clearAfterMs } = this.times;
    if (nowMs - this.differsSinceMs < (isBad ? raiseAfterMs : clearAfterMs)) return null;
    this.raised = isBad;
    this.differsSinceMs = null;
    return isBad ? "raised" : "over";
  }
}
