import { Deque } from "../core/deque.js";
import type { Link } from "../platform/transport.js";
import { LIMITS } from "./limits.js";

export interface OutboxOptions {
  readonly link: Link;
  /** Bytes that wait have become more or fewer. */
  readonly onSize: (change: number) => void;
  /** The peer does not read: more waits than is allowed. */
  readonly onOverflow: () => void;
}

/**
 * Whole messages on their way out, in order; urgent ones (a block) pass those that wait (spec/06 §7.1). The link gets only a
 * little at a time, because what it has cannot be overtaken.
 */
export class Outbox {
  private readonly options: OutboxOptions;
  private readonly urgent = new Deque<Uint8Array>();
  private readonly normal = new Deque<Uint8Array>();
  private waiting = 0;
  private counted = 0;
  private isClosed = false;
  /** Bytes handed to the link since the start. */
  sent = 0;

  constructor(options: OutboxOptions) {
    this.options = options;
  }

  /** Waiting here and in the link. */
  get bytes(): number {
    return this.waiting + (this.isClosed ? 0 : this.options.link.unsent);
  }

  push(frame: Uint8Array, isUrgent: boolean): void {
    if (this.isClosed) return;
    (isUrgent ? this.urgent : this.normal).pushBack(frame);
    this.waiting += frame.length;
    this.flush();
    if (this.bytes > LIMITS.sendBytes) this.options.onOverflow();
  }

  /** The link has room again. */
  drained(): void {
    this.flush();
  }

  close(): void {
    this.isClosed = true;
    this.urgent.clear();
    this.normal.clear();
    this.waiting = 0;
    this.report();
  }

  private flush(): void {
    const { link } = this.options;
    while (this.waiting > 0 && link.unsent < LIMITS.linkBytes) {
      const frame = this.urgent.popFront() ?? this.normal.popFront()!;
      this.waiting -= frame.length;
      this.sent += frame.length;
      link.write(frame);
    }
    this.report();
  }

  private report(): void {
    const change = this.bytes - this.counted;
    if (change === 0) return;
    this.counted += change;
    this.options.onSize(change);
  }
}
