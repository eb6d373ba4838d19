/**
 * Difficulty of one connection (spec/10 §9.3 items 4 to 7): measures how much work comes in and says which difficulty
 * would make one pseudo-share every `shareSeconds`. Pure; difficulties are un-multiplied, limits are the caller's.
 *
 * Work counts at the difficulty of the job it was done for, so solutions in flight while the difficulty changes do not
 * disturb the measurement.
 */
export class Vardiff {
  private readonly shareMs: number;
  private readonly fixed: boolean;
  private readonly startMs: number;
  private current: number;
  private windowStartMs: number;
  private work = 0;
  private solutions = 0;
  private solutionsSinceCheck = 0;
  private nextCheckMs: number;

  /** `fixed`: given by the user; only a flood changes it. */
  constructor(options: { shareSeconds: number; difficulty: number; fixed: boolean; nowMs: number }) {
    this.shareMs = options.shareSeconds * 1000;
    this.fixed = options.fixed;
    this.current = options.difficulty;
    this.startMs = options.nowMs;
    this.windowStartMs = options.nowMs;
    this.nextCheckMs = options.nowMs + this.checkMs;
  }

  /** What this connection should work at; 0 for as easy as allowed. */
  get difficulty(): number {
    return this.current;
  }

  /** A miner's own suggestion: start again from there. */
  restart(difficulty: number, nowMs: number): void {
    this.current = difficulty;
    this.resetWindow(nowMs);
  }

  /**
   * A valid solution that is no repetition, credited at `credit`, while `inForce` is the difficulty last sent. Returns
   * whether the difficulty changed.
   */
  accepted(credit: number, inForce: number, nowMs: number): boolean {
    this.work += credit;
    this.solutions++;
    this.solutionsSinceCheck++;
    const changed = this.evaluate(inForce, nowMs);
    // Not before a window that was halved could still be judged: a flood fills it in no time.
    const isFull = this.solutions >= WINDOW_SOLUTIONS && nowMs - this.windowStartMs >= 2 * LEAST_WINDOW_MS;
    if (!changed && isFull) this.forgetHalf(nowMs);
    return changed;
  }

  /** To be called now and then: makes it easier for a connection that submits little or nothing. Whether it changed. */
  check(inForce: number, nowMs: number): boolean {
    if (nowMs < this.nextCheckMs) return false;
    this.nextCheckMs = nowMs + this.checkMs;
    const silent = this.solutionsSinceCheck === 0;
    this.solutionsSinceCheck = 0;
    if (this.fixed) return false;
    if (silent) return this.change(inForce / 2, nowMs);
    return this.evaluate(inForce, nowMs);
  }

  private get checkMs(): number {
    return Math.max(30_000, 10 * this.shareMs);
  }

  private evaluate(inForce: number, nowMs: number): boolean {
    const elapsedMs = nowMs - this.windowStartMs;
    // Two changes closer than the connection's own jobs could not both reach the miner (spec/11 §4.11).
    if (elapsedMs < LEAST_WINDOW_MS) return false;
    const expected = elapsedMs / this.shareMs;
    const seen = this.work / inForce;
    const ratio = seen / expected;
    if (ratio > FLOOD_RATIO && this.solutions >= FLOOD_SOLUTIONS) {
      return this.change(inForce * Math.min(ratio, FLOOD_STEP), nowMs);
    }
    if (this.fixed) return false;
    // Many solutions of little work say as little as few.
    const sample = Math.max(Math.min(this.solutions, seen), expected);
    if (sample < LEAST_SAMPLE) return false;
    const hysteresis = sample < FIRM_SAMPLE ? LOOSE : FIRM;
    if (ratio > 1 / hysteresis && ratio < hysteresis) return false;
    const step = nowMs - this.startMs <= FAST_START_MS ? 8 : 2;
    return this.change(inForce * Math.min(step, Math.max(1 / step, ratio)), nowMs);
  }

  private change(difficulty: number, nowMs: number): boolean {
    this.current = difficulty;
    this.resetWindow(nowMs);
    return true;
  }

  private resetWindow(nowMs: number): void {
    this.windowStartMs = nowMs;
    this.work = 0;
    this.solutions = 0;
  }

  /** Old work weighs half, so that a change of the miner's rate shows within a minute or two. */
  private forgetHalf(nowMs: number): void {
    this.windowStartMs = nowMs - (nowMs - this.windowStartMs) / 2;
    this.work /= 2;
    this.solutions /= 2;
  }
}

/** Fewer solutions say too little: a dozen is uncertain by 29 %. */
const LEAST_SAMPLE = 12;
/** From here on the hysteresis of spec/10 §9.3 item 7; below, only a factor of two is believed. */
const FIRM_SAMPLE = 30;
const FIRM = 1.5;
const LOOSE = 2;
const WINDOW_SOLUTIONS = 60;
const LEAST_WINDOW_MS = 1000;
const FAST_START_MS = 60_000;
/** More than 20 times the wanted rate is stopped at once, also for a fixed difficulty (spec/11 §4.11). */
const FLOOD_RATIO = 20;
const FLOOD_SOLUTIONS = 20;
const FLOOD_STEP = 8;
