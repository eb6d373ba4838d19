import type { Decay } from "./decay.js";

/** Bound of the relative error of a handful of operations on doubles, several times over. */
const RELATIVE_ERROR = 2 ** -48;
const FIRST_CAPACITY = 64;

/** The slot of all payees together. */
export const TOTAL = 0;

/**
 * Sums over the shares of a window, from which decayed weights follow within known bounds: a slot for each payee and one for the
 * total. Numbers stand in a row, as all of them are read for every share: in objects of their own they take ten times the memory.
 */
export class WeightBounds {
  /** Of work times what is not donated, flat. */
  private flats: bigint[] = [];
  /** The same times `growth` of the share's place. */
  private growns: bigint[] = [];
  /** Both as doubles. */
  private flat = new Float64Array(0);
  private grown = new Float64Array(0);
  /** Of the parts not donated: what rounding each share down may have cost at most. */
  private rounding = new Float64Array(0);
  /** Weights before rounding down, of the last walk. */
  private close = new Float64Array(0);
  /** Bounds of the weights, by `estimate` or `narrow`. */
  least = new Float64Array(0);
  most = new Float64Array(0);
  private used = 1;
  private readonly free: number[] = [];

  constructor() {
    this.grow();
    this.clear();
  }

  /** A slot for another payee. */
  take(): number {
    const slot = this.free.pop() ?? this.used++;
    if (slot === this.flat.length) this.grow();
    this.empty(slot);
    return slot;
  }

  /** Of a payee whose shares have all been taken off. */
  release(slot: number): void {
    this.free.push(slot);
  }

  clear(): void {
    this.used = 1;
    this.free.length = 0;
    this.empty(TOTAL);
  }

  /** `growth`: whole. `part`: of the work, in 1/65535. */
  add(slot: number, credit: bigint, growth: bigint, part: number): void {
    this.set(slot, this.flats[slot]! + credit, this.growns[slot]! + credit * growth, part);
  }

  subtract(slot: number, credit: bigint, growth: bigint, part: number): void {
    this.set(slot, this.flats[slot]! - credit, this.growns[slot]! - credit * growth, -part);
  }

  private set(slot: number, flat: bigint, grown: bigint, part: number): void {
    this.flats[slot] = flat;
    this.growns[slot] = grown;
    this.flat[slot] = Number(flat);
    this.grown[slot] = Number(grown);
    this.rounding[slot]! += part;
  }

  private empty(slot: number): void {
    this.rounding[slot] = 0;
    this.set(slot, 0n, 0n, 0);
  }

  /** Whether the payee earned nothing. */
  isZero(slot: number): boolean {
    return this.flat[slot] === 0;
  }

  /** Bounds along the curve. `shrink`: what brings `growth` back to the newest share's place. */
  estimate(shrink: number, { scale, offset, noise }: Decay): void {
    const { used, flat, grown, rounding, least, most } = this;
    const factor = shrink * scale;
    for (let slot = 0; slot < used; slot++) {
      const curve = grown[slot]! * factor;
      const correction = flat[slot]! * offset;
      const error = flat[slot]! * noise + (curve + correction) * RELATIVE_ERROR;
      least[slot] = curve - correction - error - rounding[slot]!;
      most[slot] = curve - correction + error;
    }
  }

  /** To be called before the weights of a walk are added. */
  startWalk(): void {
    this.close.fill(0);
  }

  addWalked(slot: number, weight: number): void {
    this.close[slot]! += weight;
  }

  /** Bounds by the walk. `error`: part of itself within which each of its sums is. */
  narrow(error: number): void {
    const { used, close, rounding, least, most } = this;
    for (let slot = 0; slot < used; slot++) {
      least[slot] = close[slot]! * (1 - error) - rounding[slot]!;
      most[slot] = close[slot]! * (1 + error);
    }
  }

  private grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, 2 * this.flat.length);
    for (const kind of ["flat", "grown", "rounding", "close", "least", "most"] as const) {
      const numbers = new Float64Array(capacity);
      numbers.set(this[kind]);
      this[kind] = numbers;
    }
  }
}
