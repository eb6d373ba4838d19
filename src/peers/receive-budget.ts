import { LIMITS, TIMERS } from "./limits.js";

/** A connection as the budget sees it. */
export interface ReceiveOwner {
  /** Whether what it is sending was asked for: such are resumed first. */
  readonly isAsked: boolean;
  resumeReceiving(): void;
  /** Its unfinished message is given up, and the connection with it. */
  giveUpReceiving(): void;
}

/**
 * Memory for unfinished messages of all connections together (spec/09 §3). When it is used up, connections whose message is
 * more than small are not read on; when that lasts a minute, the largest is given up.
 */
export class ReceiveBudget {
  private readonly limit: number;
  private readonly held = new Map<ReceiveOwner, number>();
  private readonly waiting = new Set<ReceiveOwner>();
  private total = 0;
  private shortSinceMs: number | null = null;

  constructor(limit: number = LIMITS.receiveBytes) {
    this.limit = limit;
  }

  get bytes(): number {
    return this.total;
  }

  /** Says how much an owner holds; false if it must stop reading until it is resumed. */
  hold(owner: ReceiveOwner, bytes: number, nowMs: number): boolean {
    this.total += bytes - (this.held.get(owner) ?? 0);
    if (bytes === 0) this.held.delete(owner);
    else this.held.set(owner, bytes);
    const mayRead = this.total <= this.limit || bytes <= LIMITS.smallMessageBytes;
    if (mayRead) this.waiting.delete(owner);
    else this.waiting.add(owner);
    this.settle(nowMs);
    return mayRead;
  }

  release(owner: ReceiveOwner, nowMs: number): void {
    this.waiting.delete(owner);
    this.hold(owner, 0, nowMs);
  }

  /** Gives up the largest message if nothing has moved for too long. */
  sweep(nowMs: number): void {
    if (this.shortSinceMs === null || nowMs - this.shortSinceMs < TIMERS.receiveShortage) return;
    this.shortSinceMs = nowMs;
    let largest: ReceiveOwner | null = null;
    for (const owner of this.waiting) {
      if (largest === null || this.held.get(owner)! > this.held.get(largest)!) largest = owner;
    }
    largest?.giveUpReceiving();
  }

  private settle(nowMs: number): void {
    if (this.total > this.limit) {
      this.shortSinceMs ??= nowMs;
      return;
    }
    this.shortSinceMs = null;
    if (this.waiting.size === 0) return;
    const owners = [...this.waiting].sort((a, b) => Number(b.isAsked) - Number(a.isAsked));
    this.waiting.clear();
    for (const owner of owners) {
      // Each may use up what is left for the next.
      if (this.total <= this.limit) owner.resumeReceiving();
      else this.waiting.add(owner);
    }
  }
}
