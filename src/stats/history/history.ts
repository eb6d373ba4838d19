import type { Clock, Timer } from "../../platform/clock.js";
import type { Logger } from "../../platform/log.js";
import { type Bin, BinRing, type Datum, type ReadBin } from "./bins.js";
import { SteadyTime } from "./steady-time.js";
import { kindOf, STREAM_NAMES, type StreamName, VIEW_NAMES, VIEWS, type ViewName } from "./streams.js";

/** A bin as it is kept. */
export interface StoredBin {
  readonly stream: string;
  readonly view: string;
  /** End of the bin, seconds since 1970. */
  readonly end: number;
  readonly bin: Bin;
}

/** Where bins are kept (spec/12 B.4). */
export interface BinKeeper {
  /** Newest first within a view. */
  load(): Promise<readonly StoredBin[]>;
  /** To be written soon; null removes it. */
  put(stream: string, view: string, end: number, bin: Bin | null): void;
}

export interface HistoryOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Null for nowhere. */
  readonly keeper: BinKeeper | null;
  /** Values of gauges, asked for every five seconds; a stream that is not in it has none at present. */
  readonly sample: () => Partial<Record<StreamName, Datum>>;
}

const SAMPLE_MS = 5_000;
const SAVE_MS = 100_000;

/**
 * What was, over hour, day, week, month and year: bins of fixed number, so that memory and disk have a bound (spec/12 B.2).
 *
 * Life: `start` reads what was kept and begins to sample; after `stop` no timer is left and all changes were handed over.
 */
export class History {
  private readonly options: HistoryOptions;
  private readonly rings = new Map<StreamName, Map<ViewName, BinRing>>();
  private time: SteadyTime;
  private timers: Timer[] = [];

  constructor(options: HistoryOptions) {
    this.options = options;
    this.time = new SteadyTime(options.clock, null);
    for (const stream of STREAM_NAMES) {
      const views = VIEW_NAMES.map((view) => {
        const { bins, width } = VIEWS[view];
        return [view, new BinRing({ width, count: bins, kind: kindOf(stream, view) })] as const;
      });
      this.rings.set(stream, new Map(views));
    }
  }

  async start(): Promise<void> {
    const { clock, keeper } = this.options;
    if (keeper !== null) this.restore(keeper, await keeper.load());
    this.timers = [clock.every(SAMPLE_MS, () => this.takeSample()), clock.every(SAVE_MS, () => this.save())];
  }

  stop(): void {
    for (const timer of this.timers) timer.cancel();
    this.timers = [];
    this.save();
  }

  /** Something happened just now. */
  record(stream: StreamName, datum: Datum): void {
    const now = this.time.now();
    if (now !== null) this.add(stream, now, datum);
  }

  /** Something turned out about an earlier time; what is older than a view is ignored there. */
  correct(stream: StreamName, at: number, datum: Datum): void {
    const now = this.time.now();
    if (now !== null && at <= now) this.add(stream, at, datum);
  }

  /** Newest bin first, as of now. */
  read(stream: StreamName, view: ViewName): ReadBin[] {
    const ring = this.rings.get(stream)!.get(view)!;
    // A clock that is behind, or in doubt, must not make bins of negative width.
    return ring.read(Math.max(this.options.clock.now(), ring.lastEnd - ring.width));
  }

  private add(stream: StreamName, at: number, datum: Datum): void {
    for (const ring of this.rings.get(stream)!.values()) ring.add(at, datum);
  }

  private takeSample(): void {
    const now = this.time.now();
    if (now === null) return;
    for (const views of this.rings.values()) for (const ring of views.values()) ring.rewind(now);
    const { sample, log } = this.options;
    try {
      for (const [stream, datum] of Object.entries(sample())) this.add(stream as StreamName, now, datum);
    } catch (error) {
      log.error({ err: error }, "sampling the history failed");
    }
  }

  private save(): void {
    const { keeper } = this.options;
    for (const [stream, views] of this.rings) {
      for (const [view, ring] of views) {
        for (const end of ring.takeChanged()) keeper?.put(stream, view, end, ring.binAt(end));
      }
    }
  }

  private restore(keeper: BinKeeper, stored: readonly StoredBin[]): void {
    let newest: number | null = null;
    for (const { stream, view, end, bin } of stored) {
      const ring = this.rings.get(stream as StreamName)?.get(view as ViewName);
      if (ring?.restore(end, bin) === true) newest = Math.max(newest ?? 0, end - ring.width);
      else keeper.put(stream, view, end, null);
    }
    this.time = new SteadyTime(this.options.clock, newest);
  }
}
