/**
 * How much less a share counts the deeper it lies (spec/20 §6): f(0) = 2^40, f(k+1) = floor(f(k) · P / 2^40), where P makes
 * it half after a quarter of the chain length.
 */
const ONE = 1n << 40n;

/** Fraction bits of exact powers. */
const FIXED = 96n;
/** Powers are looked up as one of a step and one of a leap of so many steps. */
const LEAP = 128;

/**
 * The factors for the shares of a window, and the smooth curve that they follow: f(k) / 2^40 = scale·q^k - offset within
 * `noise`, as the rounding of each step loses half a unit on average.
 */
export class Decay {
  /** f(k) = high[k] · 2^20 + low[k]: cut in two so that products with halves of a work stay exact in doubles. */
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly scale: number;
  readonly offset: number;
  readonly noise: number;
  /** Largest argument of `growth`, either way. */
  readonly reach: number;
  private readonly steps = new Float64Array(LEAP);
  private readonly leaps: Float64Array;

  /** `depth`: shares of a full window. */
  constructor(chainLength: number, depth: number) {
    const halfLife = Math.max(Math.floor(chainLength / 4), 1);
    const ratio = ONE - (ONE * 693147n) / (1000000n * BigInt(halfLife));
    this.high = new Float64Array(depth);
    this.low = new Float64Array(depth);
    const lost = 0.5 / (1 - Number(ratio) / 2 ** 40);
    const residues = this.fill(ratio, lost);
    // Between the furthest below and above: halfway is where the noise is least.
    const middle = (residues.least + residues.most) / 2;
    this.scale = 1 + lost / 2 ** 40;
    this.offset = (lost - middle) / 2 ** 40;
    this.noise = (residues.most - middle + 2 ** -10) / 2 ** 40;

    this.reach = 8 * depth + 64;
    const bits = Math.ceil(-this.reach * Math.log2(Number(ratio) / 2 ** 40)) + 1;
    const leap = this.fillSteps(ratio);
    this.leaps = powersAround(leap, Math.ceil(this.reach / LEAP) + 1, 2 ** (64 + bits));
  }

  /** Fills the table; returns how far factors lie below and above a curve that loses half a unit at each step. */
  private fill(ratio: bigint, lost: number): { least: number; most: number } {
    let factor = ONE;
    let exact = ONE << 64n;
    let least = 0;
    let most = 0;
    for (let k = 0; k < this.high.length; k++) {
      this.high[k] = Number(factor >> 20n);
      this.low[k] = Number(factor & 0xfffffn);
      const residue = Number((factor << 64n) - exact) / 2 ** 64 + lost * (1 - Number(exact) / 2 ** 104);
      least = Math.min(least, residue);
      most = Math.max(most, residue);
      factor = (factor * ratio) >> 40n;
      exact = (exact * ratio) >> 40n;
    }
    return { least, most };
  }

  /** Fills in q^0, q^-1 and so on; returns the first that is not among them. */
  private fillSteps(ratio: bigint): bigint {
    let value = 1n << FIXED;
    for (let i = 0; i < LEAP; i++) {
      this.steps[i] = fixedToNumber(value);
      value = (value << 40n) / ratio;
    }
    return value;
  }

  /** f(k) */
  factor(depth: number): bigint {
    return (BigInt(this.high[depth]!) << 20n) | BigInt(this.low[depth]!);
  }

  /**
   * q^-index times a constant, within a few 2^-53 of it: a whole number of 64 bits or more, the same for the same index,
   * always. |index| <= reach.
   */
  growth(index: number): number {
    const leap = Math.floor(index / LEAP);
    return this.steps[index - leap * LEAP]! * this.leaps[leap + (this.leaps.length - 1) / 2]!;
  }
}

function fixedToNumber(value: bigint): number {
  return Number(value) / 2 ** Number(FIXED);
}

/** base^-count to base^count, each times `scale`. */
function powersAround(base: bigint, count: number, scale: number): Float64Array {
  const values = new Float64Array(2 * count + 1);
  let value = 1n << FIXED;
  for (let i = 0; i <= count; i++) {
    const power = fixedToNumber(value);
    values[count + i] = power * scale;
    values[count - i] = scale / power;
    value = (value * base) >> FIXED;
  }
  return values;
}
