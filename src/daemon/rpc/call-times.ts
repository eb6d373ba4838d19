import { Histogram } from "../../core/histogram.js";

/** Methods that are told apart; a program that calls more has them under "other". */
const MOST = 40;

/** How long calls took until they were answered, by method; long polls, which wait for news, are left out. */
export class CallTimes {
  private readonly byMethod = new Map<string, Histogram>();

  observe(method: string, milliseconds: number): void {
    const name = this.byMethod.has(method) || this.byMethod.size < MOST ? method : "other";
    let times = this.byMethod.get(name);
    if (times === undefined) {
      times = new Histogram();
      this.byMethod.set(name, times);
    }
    times.observe(milliseconds / 1000);
  }

  /** Seconds. */
  get seconds(): ReadonlyMap<string, Histogram> {
    return this.byMethod;
  }
}
