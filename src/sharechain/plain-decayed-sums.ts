import type { Decay } from "./decay.js";

/** A share inside the window: who earned what part of its work, in 1/65535. */
export interface Placed<P> {
  /** Counts up along the chain. */
  readonly place: number;
  readonly payee: P;
  readonly part: number;
  readonly work: bigint;
}

/** Shares of one payee that donate the same part: their decayed works are added before they are multiplied. */
interface Bucket<P> {
  readonly payee: P;
  readonly part: number;
  readonly index: number;
  shares: number;
}

/** Partial sums of a bucket: of small and of great products, each with what it carried over. */
const LANES = 4;
const CARRY = 2 ** 52;
/** Works from here on are multiplied as bigints. */
const WIDE = 1n << 64n;
const FIRST_CAPACITY = 64;

/**
 * The plain sum of decayed works (spec/20 §6): floor(work · f(depth) / 2^40), share by share. Works are kept in halves of 32
 * bits and factors in halves of 20, so that every product is exact in a double: a tenth of the time that bigints take.
 */
export class PlainDecayedSums<P> {
  private readonly decay: Decay;
  // Rings over the places.
  private works: bigint[] = [];
  private high = new Float64Array(0);
  private low = new Float64Array(0);
  private bucketAt = new Int32Array(0);
  /** Shares whose work is wide. */
  private wide = 0;
  /** Places of the two ends; the oldest is one above the newest if there are none. */
  newest = -1;
  oldest = 0;
  private buckets: (Bucket<P> | null)[] = [];
  private free: number[] = [];
  private readonly bucketsOf = new Map<P, Map<number, Bucket<P>>>();
  private lanes = new Float64Array(0);
  private products = new Float64Array(0);

  constructor(decay: Decay) {
    this.decay = decay;
  }

  /** Returns the share's place. */
  enter(end: "newest" | "oldest", payee: P, part: number, work: bigint): number {
    if (this.newest - this.oldest + 1 === this.works.length) this.grow();
    const place = end === "newest" ? ++this.newest : --this.oldest;
    const slot = place & (this.works.length - 1);
    const isWide = work >= WIDE;
    if (isWide) this.wide++;
    this.works[slot] = work;
    this.high[slot] = isWide ? 0 : Number(work >> 32n);
    this.low[slot] = isWide ? 0 : Number(work & 0xffffffffn);
    const bucket = this.bucketOf(payee, part);
    bucket.shares++;
    this.bucketAt[slot] = bucket.index;
    return place;
  }

  leave(end: "newest" | "oldest"): Placed<P> {
    const place = end === "newest" ? this.newest-- : this.oldest++;
    const slot = place & (this.works.length - 1);
    const work = this.works[slot]!;
    if (work >= WIDE) this.wide--;
    const bucket = this.buckets[this.bucketAt[slot]!]!;
    const { payee, part } = bucket;
    if (--bucket.shares === 0) this.drop(bucket);
    return { place, payee, part, work };
  }

  clear(): void {
    this.newest = -1;
    this.oldest = 0;
    this.wide = 0;
    this.buckets = [];
    this.free = [];
    this.bucketsOf.clear();
  }

  private bucketOf(payee: P, part: number): Bucket<P> {
    let ofPayee = this.bucketsOf.get(payee);
    if (ofPayee === undefined) {
      ofPayee = new Map();
      this.bucketsOf.set(payee, ofPayee);
    }
    let bucket = ofPayee.get(part);
    if (bucket === undefined) {
      bucket = { payee, part, index: this.free.pop() ?? this.buckets.length, shares: 0 };
      this.buckets[bucket.index] = bucket;
      ofPayee.set(part, bucket);
    }
    return bucket;
  }

  private drop({ payee, part, index }: Bucket<P>): void {
    this.buckets[index] = null;
    this.free.push(index);
    const ofPayee = this.bucketsOf.get(payee)!;
    ofPayee.delete(part);
    if (ofPayee.size === 0) this.bucketsOf.delete(payee);
  }

  private grow(): void {
    const before = this.works.length;
    const capacity = Math.max(FIRST_CAPACITY, 2 * before);
    const { works, high, low, bucketAt } = this;
    this.works = new Array(capacity).fill(0n);
    this.high = new Float64Array(capacity);
    this.low = new Float64Array(capacity);
    this.bucketAt = new Int32Array(capacity);
    for (let place = this.oldest; place <= this.newest; place++) {
      const from = place & (before - 1);
      const to = place & (capacity - 1);
      this.works[to] = works[from]!;
      this.high[to] = high[from]!;
      this.low[to] = low[from]!;
      this.bucketAt[to] = bucketAt[from]!;
    }
  }

  /** Decayed work of all shares, and weight (decayed work times part) of each payee. */
  sum(): { readonly total: bigint; readonly weights: ReadonlyMap<P, bigint> } {
    const size = LANES * this.buckets.length;
    if (this.lanes.length < size) this.lanes = new Float64Array(2 * size);
    else this.lanes.fill(0, 0, size);
    this.sumNarrow();
    const wide = this.wide > 0 ? this.sumWide() : null;

    let total = 0n;
    const weights = new Map<P, bigint>();
    for (const bucket of this.buckets) {
      if (bucket === null) continue;
      const works = this.laneSum(bucket.index) + (wide?.[bucket.index] ?? 0n);
      total += works;
      weights.set(bucket.payee, (weights.get(bucket.payee) ?? 0n) + works * BigInt(bucket.part));
    }
    return { total, weights };
  }

  /**
   * The same in doubles and before anything is rounded down: a third of the time. Each sum is within `error` times itself.
   * `add` is called with each part of a payee's weight. Null where works are wide.
   */
  closeSums(add: (payee: P, weight: number) => void): { readonly total: number; readonly error: number } | null {
    if (this.wide > 0) return null;
    const { buckets } = this;
    if (this.products.length < buckets.length) this.products = new Float64Array(2 * buckets.length);
    const { products } = this;
    products.fill(0);
    this.addProducts(products);

    let total = 0;
    let longest = 0;
    for (const bucket of buckets) {
      if (bucket === null) continue;
      const work = products[bucket.index]! / 2 ** 40;
      total += work;
      longest = Math.max(longest, bucket.shares);
      add(bucket.payee, work * bucket.part);
    }
    // Each operation on a term rounds by 2^-53 of it at most: making it, adding it in its bucket, adding the buckets.
    return { total, error: (longest + buckets.length + 8) * 2 ** -52 };
  }

  private addProducts(products: Float64Array): void {
    const { high, low, bucketAt, newest, oldest } = this;
    const { high: factorHigh, low: factorLow } = this.decay;
    const mask = high.length - 1;
    for (let place = newest; place >= oldest; place--) {
      const slot = place & mask;
      const factor = factorHigh[newest - place]! * 2 ** 20 + factorLow[newest - place]!;
      products[bucketAt[slot]!]! += (high[slot]! * 2 ** 32 + low[slot]!) * factor;
    }
  }

  private sumNarrow(): void {
    const { high, low, bucketAt, lanes, newest, oldest } = this;
    const { high: factorHigh, low: factorLow } = this.decay;
    const mask = high.length - 1;
    for (let place = newest; place >= oldest; place--) {
      const slot = place & mask;
      const a0 = low[slot]!;
      const a1 = high[slot]!;
      const f0 = factorLow[newest - place]!;
      const f1 = factorHigh[newest - place]!;
      // work·f = a1·f1·2^52 + a1·f0·2^32 + a0·f1·2^20 + a0·f0; what is below 2^40 is cut off, from the lowest part up.
      const middle = a0 * f1 + Math.floor((a0 * f0) / 2 ** 20);
      const small = Math.floor((Math.floor(middle / 2 ** 12) + a1 * f0) / 2 ** 8);
      const lane = LANES * bucketAt[slot]!;
      let sum = lanes[lane]! + small;
      if (sum >= CARRY) {
        sum -= CARRY;
        lanes[lane + 1]!++;
      }
      lanes[lane] = sum;
      if (a1 === 0) continue;
      sum = lanes[lane + 2]! + a1 * f1;
      if (sum >= CARRY) {
        sum -= CARRY;
        lanes[lane + 3]!++;
      }
      lanes[lane + 2] = sum;
    }
  }

  private laneSum(index: number): bigint {
    const lane = LANES * index;
    const [small, smallCarries, great, greatCarries] = this.lanes.subarray(lane, lane + LANES);
    const smalls = BigInt(small!) + (BigInt(smallCarries!) << 52n);
    const greats = BigInt(great!) + (BigInt(greatCarries!) << 52n);
    return smalls + (greats << 12n);
  }

  /** Of the wide works only, by bucket. */
  private sumWide(): bigint[] {
    const sums = new Array<bigint>(this.buckets.length).fill(0n);
    for (let place = this.newest; place >= this.oldest; place--) {
      const slot = place & (this.works.length - 1);
      const work = this.works[slot]!;
      if (work >= WIDE) sums[this.bucketAt[slot]!]! += (work * this.decay.factor(this.newest - place)) >> 40n;
    }
    return sums;
  }
}
