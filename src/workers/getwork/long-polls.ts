import type { Clock } from "../../platform/clock.js";

export interface LongPollLimits {
  readonly longPolls: number;
  readonly longPollMs: number;
  readonly longPollKeys: number;
  readonly longPollKeyMs: number;
}

/**
 * Requests that wait for new work, and which work each client had last (spec/11 §3.5). A client that missed an event is
 * answered at once; one that is not known waits.
 */
export class LongPolls {
  private readonly clock: Clock;
  private readonly limits: LongPollLimits;
  /** Work event of each client's last answer, in order of use. */
  private readonly clients = new Map<string, { readonly event: number; readonly atMs: number }>();
  private readonly waiting = new Set<(isDue: boolean) => void>();

  constructor({ clock, limits }: { clock: Clock; limits: LongPollLimits }) {
    this.clock = clock;
    this.limits = limits;
  }

  /** The client was given work of this event. */
  answered(client: string, event: number): void {
    const nowMs = this.clock.monotonicMs();
    this.clients.delete(client);
    this.clients.set(client, { event, atMs: nowMs });
    for (const [key, { atMs }] of this.clients) {
      const isOld = nowMs - atMs > this.limits.longPollKeyMs;
      if (!isOld && this.clients.size <= this.limits.longPollKeys) break;
      this.clients.delete(key);
    }
  }

  /** Whether a client has to wait: it has the work of `event` or is not known, and others may not fill the room. */
  mustWait(client: string, event: number): boolean {
    const known = this.clients.get(client);
    const isKnown = known !== undefined && this.clock.monotonicMs() - known.atMs <= this.limits.longPollKeyMs;
    return (!isKnown || known.event === event) && this.waiting.size < this.limits.longPolls;
  }

  /** Resolves with true at the next event or when waiting has taken too long, with false once nobody waits any more. */
  next(whenGone: (leave: () => void) => void): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isDue: boolean): void => {
        timer.cancel();
        this.waiting.delete(end);
        resolve(isDue);
      };
      const timer = this.clock.after(this.limits.longPollMs, () => end(true));
      this.waiting.add(end);
      whenGone(() => end(false));
    });
  }

  /** New work: everybody is answered. */
  wakeAll(): void {
    for (const end of [...this.waiting]) end(true);
  }

  /** Nobody is answered any more. */
  stop(): void {
    for (const end of [...this.waiting]) end(false);
  }
}
