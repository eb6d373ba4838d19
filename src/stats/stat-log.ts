import type { Clock, Timer } from "../platform/clock.js";

/** An entry of the classic log, every five minutes (spec/12 B.1). */
export interface StatEntry {
  readonly time: number;
  readonly [member: string]: unknown;
}

export interface StatLogOptions {
  readonly clock: Clock;
  /** What is to be entered now; null while the chain is shorter than an hour. */
  readonly entry: () => Omit<StatEntry, "time"> | null;
  /** Keeps the whole log. */
  readonly save: (entries: readonly StatEntry[]) => void;
}

const PERIOD_MS = 300_000;
const MAX_AGE = 86_400;

/** The last day's figures, a row every five minutes. Life: `start` takes the first row; after `stop` no timer is left. */
export class StatLog {
  private readonly options: StatLogOptions;
  private rows: StatEntry[] = [];
  private timer: Timer | null = null;

  constructor(options: StatLogOptions) {
    this.options = options;
  }

  get entries(): readonly StatEntry[] {
    return this.rows;
  }

  /** `saved`: what `save` was given last; anything else is ignored. */
  start(saved: unknown): void {
    if (Array.isArray(saved)) {
      this.rows = (saved as unknown[]).filter(
        (row): row is StatEntry => typeof (row as StatEntry | null)?.time === "number",
      );
    }
    this.tick();
    this.timer = this.options.clock.every(PERIOD_MS, () => this.tick());
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  private tick(): void {
    const { clock, entry, save } = this.options;
    const time = clock.now();
    this.rows = this.rows.filter((row) => row.time >= time - MAX_AGE && row.time <= time);
    const row = entry();
    if (row === null) return;
    this.rows.push({ time, ...row });
    save(this.rows);
  }
}
