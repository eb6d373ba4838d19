/** What is collected of a key in a bin: the sum of its values and how many they were. */
export type Tally = readonly [total: number, count: number];
export type Bin = ReadonlyMap<string, Tally>;

/** How a stream's values are to be understood (spec/12 B.2). */
export interface StreamKind {
  /** A gauge is averaged, a counter is a sum that becomes a rate. */
  readonly isGauge: boolean;
  /** Whether a value is a map. */
  readonly isMulti: boolean;
  /** A key that is missing in a value counts as 0, not as unknown. */
  readonly undefinedIsZero: boolean;
  /** Most keys of a bin; the smallest are put together. */
  readonly keep: number;
  /** Under which key. */
  readonly restKey: string;
}

/** Single values, and the samples of streams whose undefined keys are 0, are under this key (spec/12 B.2). */
export const SINGLE_KEY = "null";

export type Datum = number | Readonly<Record<string, number>>;

/** One element of an answer: centre and width in seconds, the value, and what stands for a key that is missing. */
export type ReadBin = readonly [
  center: number,
  value: number | null | Readonly<Record<string, number>>,
  width: number,
  missing: number | null,
];

/** Every bin in which nothing was counted: there are tens of thousands. Never changed. */
const EMPTY: Map<string, Tally> = new Map();

/**
 * A ring of bins of one width, the newest first; bin i covers (lastEnd - (i+1)·width, lastEnd - i·width]. Ends are multiples
 * of the width. Remembers which bins changed, so that only they need to be written.
 */
export class BinRing {
  readonly width: number;
  readonly count: number;
  private readonly kind: StreamKind;
  private bins: Map<string, Tally>[];
  private end = 0;
  private readonly changed = new Set<number>();

  constructor(options: { readonly width: number; readonly count: number; readonly kind: StreamKind }) {
    this.width = options.width;
    this.count = options.count;
    this.kind = options.kind;
    this.bins = emptyBins(this.count);
  }

  /** End of the newest bin, seconds since 1970. */
  get lastEnd(): number {
    return this.end;
  }

  /** Moves on, so that time t is in the newest bin or an older one. */
  advance(t: number): void {
    const steps = Math.max(0, Math.ceil((t - this.end) / this.width));
    if (steps === 0) return;
    for (let i = Math.max(0, this.count - steps); i < this.count; i++) {
      if (this.bins[i]!.size > 0) this.changed.add(this.end - i * this.width);
    }
    const fresh = emptyBins(Math.min(steps, this.count));
    this.bins = [...fresh, ...this.bins.slice(0, this.count - fresh.length)];
    this.end += steps * this.width;
  }

  /** The clock went back to t: bins that begin later than that never were. */
  rewind(t: number): void {
    const steps = Math.min(this.count, Math.floor((this.end - t) / this.width));
    if (steps <= 0) return;
    for (let i = 0; i < steps; i++) if (this.bins[i]!.size > 0) this.changed.add(this.end - i * this.width);
    const left = this.bins.slice(steps);
    this.bins = [...left, ...emptyBins(steps)];
    this.end = left.length === 0 ? 0 : this.end - steps * this.width;
  }

  /** Adds a value at a time, which may lie in the past; what is older than all bins is ignored. */
  add(t: number, datum: Datum): void {
    this.advance(t);
    const i = Math.floor((this.end - t) / this.width);
    let bin = this.bins[i];
    if (bin === undefined) return;
    if (bin === EMPTY) {
      bin = new Map();
      this.bins[i] = bin;
    }
    for (const [key, value] of entries(datum, this.kind)) {
      const [total, count] = bin.get(key) ?? [0, 0];
      bin.set(key, [total + value, count + 1]);
      if (total + value === 0 && count + 1 === 0) bin.delete(key);
    }
    keepLargest(bin, this.kind);
    this.changed.add(this.end - i * this.width);
  }

  /** Newest first, as it is at time t. */
  read(t: number): ReadBin[] {
    const ahead = Math.max(0, Math.ceil((t - this.end) / this.width));
    const end = this.end + ahead * this.width;
    return Array.from({ length: this.count }, (_, i) => {
      const left = end - this.width * (i + 1);
      const right = Math.min(t, end - this.width * i);
      const bin = this.bins[i - ahead];
      const width = right - left;
      return [(left + right) / 2, readValue(bin ?? EMPTY, width, this.kind), width, missingValue(this.kind)];
    });
  }

  /** Ends of the bins that changed since the last call. */
  takeChanged(): number[] {
    const ends = [...this.changed];
    this.changed.clear();
    return ends;
  }

  /** The bin with this end; null if it is empty or outside. */
  binAt(end: number): Bin | null {
    const bin = this.bins[Math.round((this.end - end) / this.width)];
    return bin === undefined || bin.size === 0 || end > this.end ? null : bin;
  }

  /** Puts back what was stored; false for a bin that is outside. The newest has to come first. */
  restore(end: number, bin: Bin): boolean {
    if (this.end === 0) this.end = end;
    const i = (this.end - end) / this.width;
    if (!Number.isInteger(i) || i < 0 || i >= this.count) return false;
    this.bins[i] = new Map(bin);
    return true;
  }
}

function emptyBins(count: number): Map<string, Tally>[] {
  return Array.from({ length: count }, () => EMPTY);
}

function* entries(datum: Datum, kind: StreamKind): Generator<[string, number]> {
  if (typeof datum === "number") {
    yield [SINGLE_KEY, datum];
    return;
  }
  if (kind.undefinedIsZero && !(SINGLE_KEY in datum)) yield [SINGLE_KEY, 0];
  yield* Object.entries(datum);
}

function missingValue({ isGauge, undefinedIsZero }: StreamKind): number | null {
  return isGauge && !undefinedIsZero ? null : 0;
}

function readValue(bin: Bin, width: number, kind: StreamKind): ReadBin[1] {
  const missing = missingValue(kind);
  const divisor = (count: number): number => (kind.isGauge ? count : width);
  if (kind.isGauge && kind.undefinedIsZero) {
    const most = Math.max(0, ...[...bin.values()].map(([, count]) => count));
    if (most === 0) return null;
    return Object.fromEntries([...bin].map(([key, [total]]) => [key, total / most]));
  }
  if (kind.isMulti) {
    if (!kind.isGauge && width === 0) return {};
    return Object.fromEntries([...bin].map(([key, [total, count]]) => [key, total / divisor(count)]));
  }
  const tally = bin.get(SINGLE_KEY);
  return tally === undefined || width === 0 ? missing : tally[0] / divisor(tally[1]);
}

const MANY = 100;

/** The smallest keys become one, until no more than allowed are left. */
function keepLargest(bin: Map<string, Tally>, { isGauge, keep, restKey, undefinedIsZero }: StreamKind): void {
  // The sample counter of a stream whose undefined keys are 0 is none of the keys, unless the rest is kept there too.
  const isCounted = (key: string): boolean => !(undefinedIsZero && key === SINGLE_KEY && restKey !== SINGLE_KEY);
  // With many keys, some more are let in before any are put together: sorting them for each new one would cost too much.
  if (bin.size <= keep + (keep >= MANY ? keep >> 2 : 0)) return;
  let keys = [...bin.keys()].filter(isCounted);
  if (keys.length <= keep) return;
  const size = (key: string): number => {
    if (key === restKey) return Number.NEGATIVE_INFINITY;
    const [total, count] = bin.get(key)!;
    return isGauge ? total / count : total;
  };
  const sizes = new Map(keys.map((key) => [key, size(key)]));
  keys = keys.sort((a, b) => sizes.get(a)! - sizes.get(b)!);
  // All that go into the rest do so at once: it counts as the smallest from the first step on.
  const folded = keys.slice(0, keys.length - keep + 1);
  let [total, count] = [0, 0];
  for (const key of folded) {
    const tally = bin.get(key)!;
    total += tally[0];
    count += tally[1];
    bin.delete(key);
  }
  bin.set(restKey, [total, count]);
}
