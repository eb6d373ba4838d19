import type { Clock } from "../platform/clock.js";
import type { Link } from "../platform/transport.js";

/** Why nothing is read from a peer. */
export type PauseReason = "memory" | "waiting";

/** Stops and resumes reading from a link, for whatever reasons there are, and keeps the time in which we were reading. */
export class ReadGate {
  private readonly link: Link;
  private readonly clock: Clock;
  private readonly reasons = new Set<PauseReason>();
  private readonly startMs: number;
  private closedSinceMs: number | null = null;
  private closedMs = 0;

  constructor({ link, clock }: { readonly link: Link; readonly clock: Clock }) {
    this.link = link;
    this.clock = clock;
    this.startMs = clock.monotonicMs();
  }

  /** Milliseconds since the start in which we were reading: what we do not read is not the peer's fault. */
  get activeMs(): number {
    return (this.closedSinceMs ?? this.clock.monotonicMs()) - this.startMs - this.closedMs;
  }

  isClosedFor(reason: PauseReason): boolean {
    return this.reasons.has(reason);
  }

  close(reason: PauseReason): void {
    this.reasons.add(reason);
    if (this.closedSinceMs !== null) return;
    this.closedSinceMs = this.clock.monotonicMs();
    this.link.pause();
  }

  /** Takes a reason away. Reading goes on with `open`, if none is left. */
  clear(reason: PauseReason): boolean {
    return this.reasons.delete(reason);
  }

  open(): void {
    if (this.reasons.size > 0 || this.closedSinceMs === null) return;
    this.closedMs += this.clock.monotonicMs() - this.closedSinceMs;
    this.closedSinceMs = null;
    this.link.resume();
  }
}
