import type { Clock } from "../platform/clock.js";
import type { PeerId } from "./peer-context.js";

export interface UnknownShares {
  /** Of the newest one. */
  readonly version: bigint;
  /** Connections that such shares came over. */
  readonly senders: number;
}

const REMEMBERED_MS = 3_600_000;
/** Connections remembered; the one that last sent any goes first. */
const MAX_SENDERS = 200;

/** Who lately sent shares of a version that this program does not know. */
export class UnknownShareWatch {
  private readonly clock: Clock;
  private readonly seen = new Map<PeerId, { readonly version: bigint; readonly atMs: number }>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** True if it is the first one of that peer. */
  add(peer: PeerId, version: bigint): boolean {
    const isFirst = !this.seen.delete(peer);
    this.seen.set(peer, { version, atMs: this.clock.monotonicMs() });
    if (this.seen.size > MAX_SENDERS) this.seen.delete(this.seen.keys().next().value!);
    return isFirst;
  }

  /** Of the last hour; null if there were none. */
  get current(): UnknownShares | null {
    const fromMs = this.clock.monotonicMs() - REMEMBERED_MS;
    for (const [peer, { atMs }] of this.seen) if (atMs < fromMs) this.seen.delete(peer);
    const newest = [...this.seen.values()].at(-1);
    return newest === undefined ? null : { version: newest.version, senders: this.seen.size };
  }
}
