import { LIMITS } from "./limits.js";
import type { Peer } from "./peer.js";

/** Shares in windows that slide, each so long that only a flood fills it (spec/09 §5.2 stage 0). */
class Windows {
  private readonly unitMs: number;
  private readonly factor: number;
  private taken: { readonly atMs: number; readonly count: number }[] = [];

  constructor(unitMs: number, factor: number) {
    this.unitMs = unitMs;
    this.factor = factor;
  }

  room(nowMs: number): number {
    const longest = LIMITS.shareWindows.at(-1)!.tenths * this.unitMs;
    this.taken = this.taken.filter(({ atMs }) => nowMs - atMs < longest);
    let room = Number.POSITIVE_INFINITY;
    for (const { tenths, shares } of LIMITS.shareWindows) {
      let used = 0;
      for (const { atMs, count } of this.taken) if (nowMs - atMs < tenths * this.unitMs) used += count;
      room = Math.min(room, shares * this.factor - used);
    }
    return room;
  }

  take(nowMs: number, count: number): void {
    if (count > 0) this.taken.push({ atMs: nowMs, count });
  }
}

/** How many unsolicited shares are looked at, of one peer and of all together. */
export class ShareRates {
  private readonly unitMs: number;
  private readonly total: Windows;
  private readonly byPeer = new Map<Peer, Windows>();

  constructor({ sharePeriod }: { readonly sharePeriod: number }) {
    this.unitMs = sharePeriod * 100;
    this.total = new Windows(this.unitMs, LIMITS.shareWindowsTotalFactor);
  }

  /** Takes up to `count`, and says how many. */
  take(peer: Peer, count: number, nowMs: number): number {
    let own = this.byPeer.get(peer);
    if (own === undefined) {
      own = new Windows(this.unitMs, 1);
      this.byPeer.set(peer, own);
    }
    const taken = Math.max(0, Math.min(count, own.room(nowMs), this.total.room(nowMs)));
    own.take(nowMs, taken);
    this.total.take(nowMs, taken);
    return taken;
  }

  closed(peer: Peer): void {
    this.byPeer.delete(peer);
  }
}
