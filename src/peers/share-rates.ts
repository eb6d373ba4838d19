import { TokenBucket } from "../core/token-bucket.js";
import { LIMITS } from "./limits.js";
import type { Peer } from "./peer.js";

/** How far back a window reaches, and the messages in it: from `first` on in the common queue. */
interface Window {
  readonly lengthMs: number;
  readonly shares: number;
  first: number;
  used: number;
}

/** Entries at the front of the queue that no window needs any more, at least, before they are cut off. */
const CUT_AT = 64;

/**
 * Shares in windows that slide, each so long that only a flood fills it (spec/09 §5.2 stage 0). Each window moves along one
 * queue, so that a message costs the same however many came before it.
 */
class Windows {
  private readonly windows: readonly Window[];
  /** When messages came, and how many shares were in each: two lists of numbers, as there are many. */
  private times: number[] = [];
  private counts: number[] = [];

  constructor(unitMs: number, factor: number) {
    this.windows = LIMITS.shareWindows.map(({ tenths, shares }) => ({
      lengthMs: tenths * unitMs,
      shares: shares * factor,
      first: 0,
      used: 0,
    }));
  }

  room(nowMs: number): number {
    let room = Number.POSITIVE_INFINITY;
    for (const window of this.windows) {
      while (window.first < this.times.length && nowMs - this.times[window.first]! >= window.lengthMs) {
        window.used -= this.counts[window.first++]!;
      }
      room = Math.min(room, window.shares - window.used);
    }
    const done = Math.min(...this.windows.map(({ first }) => first));
    if (done >= CUT_AT && 2 * done >= this.times.length) {
      this.times = this.times.slice(done);
      this.counts = this.counts.slice(done);
      for (const window of this.windows) window.first -= done;
    }
    return room;
  }

  take(nowMs: number, count: number): void {
    if (count === 0) return;
    this.times.push(nowMs);
    this.counts.push(count);
    for (const window of this.windows) window.used += count;
  }
}

interface Account {
  readonly windows: Windows;
  readonly reserve: TokenBucket;
}

/**
 * How many unsolicited shares are looked at, of one peer and of all together. Each share of the pool comes once from each peer:
 * of all together only those count that are new here, or a node with many peers would have no room for an honest pool in a fast hour.
 * What peers together send too much must not keep the shares of an honest one out: each has a small reserve, about the pool's
 * normal rate, that the others cannot use up.
 */
export class ShareRates {
  private readonly sharePeriod: number;
  private readonly unitMs: number;
  private readonly total: Windows;
  private readonly byPeer = new Map<Peer, Account>();

  constructor({ sharePeriod }: { readonly sharePeriod: number }) {
    this.sharePeriod = sharePeriod;
    this.unitMs = sharePeriod * 100;
    this.total = new Windows(this.unitMs, LIMITS.shareWindowsTotalFactor);
  }

  /** Takes up to `count` shares that a peer sends, new or not; says how many. Fewer: the peer itself sends too many. */
  take(peer: Peer, count: number, nowMs: number): number {
    const { windows } = this.account(peer, nowMs);
    const taken = Math.max(0, Math.min(count, windows.room(nowMs)));
    windows.take(nowMs, taken);
    return taken;
  }

  /** Whether one of them that is new here may be looked at, and takes it. */
  takeNew(peer: Peer, nowMs: number): boolean {
    const mayTake = this.total.room(nowMs) >= 1 || this.account(peer, nowMs).reserve.take(nowMs);
    if (mayTake) this.total.take(nowMs, 1);
    return mayTake;
  }

  private account(peer: Peer, nowMs: number): Account {
    const known = this.byPeer.get(peer);
    if (known !== undefined) return known;
    const reserve = new TokenBucket({ perSecond: 1 / this.sharePeriod, burst: LIMITS.sharesReserved }, nowMs);
    const account = { windows: new Windows(this.unitMs, 1), reserve };
    this.byPeer.set(peer, account);
    return account;
  }

  closed(peer: Peer): void {
    this.byPeer.delete(peer);
  }
}
