/**
 * Hash rate from work that arrives at random times: an exponentially decayed sum, corrected for the time before the meter
 * began, so that a miner connected for a minute is shown right. Constant memory (spec/10 §12.1).
 */
export class RateMeter {
  private readonly spanMs: number;
  private readonly startMs: number;
  private sum = 0;
  private atMs: number;

  /** `spanMs`: work this old weighs 1/e. */
  constructor({ spanMs, nowMs }: { spanMs: number; nowMs: number }) {
    this.spanMs = spanMs;
    this.startMs = nowMs;
    this.atMs = nowMs;
  }

  /** `hashes`: expected hashes that the work took. */
  add(hashes: number, nowMs: number): void {
    this.sum = this.decayed(nowMs) + hashes;
    this.atMs = nowMs;
  }

  /** Hashes per second; null while there is nothing to tell from. */
  rate(nowMs: number): number | null {
    const sum = this.decayed(nowMs);
    const covered = this.spanMs * (1 - Math.exp(-(nowMs - this.startMs) / this.spanMs));
    return sum === 0 || covered < LEAST_COVERED_MS ? null : sum / (covered / 1000);
  }

  private decayed(nowMs: number): number {
    return this.sum * Math.exp(-(nowMs - this.atMs) / this.spanMs);
  }
}

const LEAST_COVERED_MS = 1000;
