import type { Clock } from "../platform/clock.js";
import type { Share } from "../sharechain/share.js";
import { LIMITS } from "./limits.js";

/** Furthest ahead of our clock that a share's time may be and verify (spec/04 §3.2). */
const MAX_FUTURE_SECONDS = 600;
const ONE_PER_PEER_MS = 10_000;

/** Shares from too far in the future: held until their time has come; nobody is blamed for a clock (spec/09 §6). */
export class FutureShares {
  private readonly clock: Clock;
  private readonly held = new Map<string, Share>();
  private readonly lastByPeer = new Map<string, number>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  isAhead(share: Share): boolean {
    return share.info.timestamp - Math.floor(this.clock.now()) > MAX_FUTURE_SECONDS;
  }

  /** Holds it if there is room; `peer`: who sent it. */
  hold(share: Share, peer: string): void {
    const nowMs = this.clock.monotonicMs();
    if (
      this.held.size >= LIMITS.heldFutureShares ||
      nowMs - (this.lastByPeer.get(peer) ?? -ONE_PER_PEER_MS) < ONE_PER_PEER_MS
    ) {
      return;
    }
    for (const [id, atMs] of this.lastByPeer) if (nowMs - atMs >= ONE_PER_PEER_MS) this.lastByPeer.delete(id);
    this.lastByPeer.set(peer, nowMs);
    this.held.set(share.id, share);
  }

  /** Those whose time has come; they are not held any more. */
  takeDue(): Share[] {
    const due = [...this.held.values()].filter((share) => !this.isAhead(share));
    for (const share of due) this.held.delete(share.id);
    return due;
  }
}
