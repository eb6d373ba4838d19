import type { Clock } from "../platform/clock.js";

/** The same trouble is worth a line once in this time (spec/07 §3). */
const QUIET_SECONDS = 300;

/** Decides whether an error is logged: the first of its kind is, and then one in five minutes until all is well again. */
export class ErrorThrottle {
  private readonly clock: Clock;
  private readonly loggedAt = new Map<string, number>();

  constructor({ clock }: { readonly clock: Clock }) {
    this.clock = clock;
  }

  shouldLog(kind: string): boolean {
    const now = this.clock.now();
    const last = this.loggedAt.get(kind);
    if (last !== undefined && now - last < QUIET_SECONDS) return false;
    this.loggedAt.set(kind, now);
    return true;
  }

  /** True if there had been trouble. */
  recovered(): boolean {
    const hadTrouble = this.loggedAt.size > 0;
    this.loggedAt.clear();
    return hadTrouble;
  }
}
