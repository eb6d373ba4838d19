import type { Clock } from "../../platform/clock.js";
import type { Limits } from "../limits.js";

/** Why a connection may get a job: new work, or it is due. */
export type FanOutCause = "event" | "refresh";

/** A connection as it is served. */
interface Recipient {
  /** Reads what its job will need; the number means nothing. */
  warm(): number;
  /** Makes its job, to be written by the `flush` that follows. */
  prepareJob(cause: FanOutCause, nowMs: number): void;
  flush(): void;
}

/** Connections between two looks at the clock. */
const CLOCK_STEP = 8;
/**
 * Connections whose memory is read before they are served. Each lies somewhere else, and one after the other each would be waited
 * for; read in one short loop the processor fetches many at a time.
 */
const WARMED = 32;
/** New work makes new jobs: the first lines leave while most of them are still to be made. */
const FIRST_SLICE = 8;

/**
 * Connections that wait for a job, and their turns: a slice of them at a time, in turns of their own, so that several events at
 * once become one job and replies go first (spec/10 §5).
 */
export class FanOut<R extends Recipient> {
  private readonly clock: Clock;
  private readonly limits: Pick<Limits, "fanoutSliceMs" | "fanoutConnections">;
  /** Those of an event, served up to `next`. Closed ones are passed over: to find them here would cost more. */
  private queue: readonly R[] = [];
  private next = 0;
  private readonly others = new Map<R, FanOutCause>();
  private readonly served: (milliseconds: number) => void;
  private startedMs = 0;
  private sliceSize = FIRST_SLICE;
  /** Of what was read ahead: what nobody can see would not be read. */
  warmth = 0;
  private turn: NodeJS.Immediate | null = null;

  /** `served`: told how long it took from news until everyone had been served. */
  constructor(options: {
    clock: Clock;
    limits: Pick<Limits, "fanoutSliceMs" | "fanoutConnections">;
    served?: (milliseconds: number) => void;
  }) {
    this.clock = options.clock;
    this.limits = options.limits;
    this.served = options.served ?? (() => {});
  }

  /** New work for all. Who waits already keeps his place. */
  everyone(connections: ReadonlySet<R>): void {
    this.queue =
      this.next === this.queue.length
        ? [...connections]
        : [...new Set([...this.queue.slice(this.next), ...connections])];
    this.next = 0;
    this.startedMs = this.clock.monotonicMs();
    this.sliceSize = FIRST_SLICE;
    // Each gets the same as everyone; what is due anyway is part of it.
    this.others.clear();
    this.schedule();
  }

  add(connection: R, cause: FanOutCause): void {
    // New work is more than a job that is due.
    if (cause === "event" || !this.others.has(connection)) this.others.set(connection, cause);
    this.schedule();
  }

  remove(connection: R): void {
    this.others.delete(connection);
  }

  stop(): void {
    if (this.turn !== null) clearImmediate(this.turn);
  }

  private schedule(): void {
    this.turn ??= setImmediate(() => {
      this.turn = null;
      this.serve();
      if (this.next < this.queue.length || this.others.size > 0) this.schedule();
    });
  }

  private warm(count: number): void {
    const end = Math.min(this.queue.length, this.next + count);
    let warmth = 0;
    for (let i = this.next; i < end; i++) warmth += this.queue[i]!.warm();
    this.warmth = warmth;
  }

  private serve(): void {
    const nowMs = this.clock.monotonicMs();
    const prepared: R[] = [];
    const size = Math.min(this.limits.fanoutConnections, this.sliceSize);
    this.sliceSize = 2 * size;
    const isOver = (): boolean =>
      prepared.length === size ||
      (prepared.length % CLOCK_STEP === 0 && this.clock.monotonicMs() - nowMs >= this.limits.fanoutSliceMs);
    while (this.next < this.queue.length && !isOver()) {
      if (prepared.length % WARMED === 0) this.warm(Math.min(WARMED, size));
      const connection = this.queue[this.next++]!;
      connection.prepareJob("event", nowMs);
      prepared.push(connection);
    }
    const isDone = this.next === this.queue.length && this.queue.length > 0;
    if (isDone) {
      this.queue = [];
      this.next = 0;
    }
    if (this.queue.length === 0) {
      for (const [connection, cause] of this.others) {
        if (isOver()) break;
        this.others.delete(connection);
        connection.prepareJob(cause, nowMs);
        prepared.push(connection);
      }
    }
    // One system call after the other costs less than each after a job was looked up: code and reader stay awake.
    for (const connection of prepared) connection.flush();
    if (isDone) this.served(this.clock.monotonicMs() - this.startedMs);
  }
}
