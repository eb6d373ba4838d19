/** First value of the range kept for internal use; 0 is kept for getwork (spec/10 §10). */
const RESERVED_FROM = 0xffffff00;

/**
 * Hands out the four bytes that keep connections apart which share a job. Unique among all connections of the process, so
 * every server of a process takes from one of these. Bounded by the number of connections, each of which holds one.
 */
export class ExtranonceSpace {
  private readonly taken = new Set<number>();
  private last: number;

  /** `after`: the value before the first one, for tests of the wrap-around. */
  constructor({ after = 0 }: { after?: number } = {}) {
    this.last = after;
  }

  take(): number {
    do {
      this.last = this.last + 1 >= RESERVED_FROM ? 1 : this.last + 1;
    } while (this.taken.has(this.last));
    this.taken.add(this.last);
    return this.last;
  }

  release(value: number): void {
    this.taken.delete(value);
  }
}

/** Bytes as they go into the generation transaction; the worked example of spec/11 §9.3 reads 42 as 0000002a. */
export function extranonceBytes(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}
