/** Upper bounds of the buckets, seconds: from a tenth of a millisecond to half a minute. */
const SECONDS: readonly number[] = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];

/** What was observed in a while, as it can be sent elsewhere: one count for each bound, one for what is above all, and the sum. */
export interface HistogramPart {
  readonly counts: readonly number[];
  readonly sum: number;
}

/** How often values fell below each of a few bounds. Constant memory. */
export class Histogram {
  readonly bounds: readonly number[];
  private counts: number[];
  private total = 0;

  constructor(bounds: readonly number[] = SECONDS) {
    this.bounds = bounds;
    this.counts = this.zeros();
  }

  observe(value: number): void {
    let place = 0;
    while (place < this.bounds.length && value > this.bounds[place]!) place++;
    this.counts[place]!++;
    this.total += value;
  }

  /** Of all values. */
  get sum(): number {
    return this.total;
  }

  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** For each bound how many values are not above it. */
  get cumulative(): number[] {
    let sum = 0;
    return this.bounds.map((_, i) => {
      sum += this.counts[i]!;
      return sum;
    });
  }

  /** What another one with the same bounds has observed. */
  add({ counts, sum }: HistogramPart): void {
    for (const [i, count] of counts.entries()) this.counts[i]! += count;
    this.total += sum;
  }

  /** What was observed since the last time, which is forgotten here. */
  take(): HistogramPart {
    const part = { counts: this.counts, sum: this.total };
    this.counts = this.zeros();
    this.total = 0;
    return part;
  }

  private zeros(): number[] {
    return Array<number>(this.bounds.length + 1).fill(0);
  }
}
