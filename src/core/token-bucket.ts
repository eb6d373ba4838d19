export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** An allowance that refills evenly: so much a second, so much at once. */
export class TokenBucket {
  private readonly rate: Rate;
  private tokens: number;
  private atMs: number;

  constructor(rate: Rate, nowMs: number) {
    this.rate = rate;
    this.tokens = rate.burst;
    this.atMs = nowMs;
  }

  /** False, and nothing is taken, if there is less. */
  take(nowMs: number, amount = 1): boolean {
    if (this.available(nowMs) < amount) return false;
    this.tokens -= amount;
    return true;
  }

  /** Takes what is there if it is less. */
  takeUpTo(nowMs: number, amount: number): number {
    const taken = Math.max(0, Math.min(amount, this.available(nowMs)));
    this.tokens -= taken;
    return taken;
  }

  available(nowMs: number): number {
    const { perSecond, burst } = this.rate;
    this.tokens = Math.min(Math.max(burst, this.tokens), this.tokens + ((nowMs - this.atMs) / 1000) * perSecond);
    this.atMs = nowMs;
    return this.tokens;
  }

  /** Allows more than the burst, once. */
  grant(nowMs: number, amount: number): void {
    this.available(nowMs);
    this.tokens += amount;
  }
}
