import { BoundedMap } from "../core/bounded.js";
import { LIMITS, TIMERS } from "./limits.js";

interface Trouble {
  /** Attempts without use since the last with. */
  attempts: number;
  /** Before this it is not asked for, on the monotonic clock. */
  notBeforeMs: number;
  /** Parents to ask for at most, after answers that were too long or came too late. */
  maxParents: number;
  /** Peers whose answer brought nothing new, since the last that did: others are asked first. */
  readonly fruitless: Set<string>;
  /** When a peer that must have it answered with nothing. */
  readonly empty: Map<string, { count: number; atMs: number }>;
}

/**
 * What became of downloads, by the hash that was wanted: so that nothing is asked for again and again, whoever wants it
 * (spec/06 §7.2). A node on a fork that nobody serves must not load it half a million times.
 */
export class DownloadMemory {
  private readonly byHash = new BoundedMap<string, Trouble>(LIMITS.downloadsRemembered);

  mayAsk(hash: string, nowMs: number): boolean {
    return (this.byHash.get(hash)?.notBeforeMs ?? 0) <= nowMs;
  }

  /** Earliest time at which one of these may be asked for again; null if one may now, or there is none. */
  nextMs(hashes: readonly string[], nowMs: number): number | null {
    let next: number | null = null;
    for (const hash of hashes) {
      const at = this.byHash.get(hash)?.notBeforeMs ?? 0;
      if (at > nowMs) next = next === null ? at : Math.min(next, at);
    }
    return next;
  }

  mayAskPeer(hash: string, peer: string, nowMs: number): boolean {
    const empty = this.byHash.get(hash)?.empty.get(peer);
    return empty === undefined || empty.count < 2 || nowMs - empty.atMs >= TIMERS.emptyReply;
  }

  /** Of these peers, those that have not failed yet; all of them, once each of them has. */
  untried<P extends { readonly id: string }>(hash: string, peers: readonly P[]): readonly P[] {
    const trouble = this.byHash.get(hash);
    if (trouble === undefined) return peers;
    const untried = peers.filter(({ id }) => !trouble.fruitless.has(id));
    if (untried.length > 0) return untried;
    trouble.fruitless.clear();
    return peers;
  }

  maxParents(hash: string): number {
    return this.byHash.get(hash)?.maxParents ?? Number.POSITIVE_INFINITY;
  }

  halveParents(hash: string, asked: number): void {
    this.trouble(hash).maxParents = Math.floor(asked / 2);
  }

  /** Asking this peer led to nothing: waits longer each time once every peer may have been asked. */
  useless(hash: string, peer: string, peers: number, nowMs: number): void {
    const trouble = this.trouble(hash);
    if (trouble.fruitless.size < LIMITS.incoming + LIMITS.outgoing) trouble.fruitless.add(peer);
    trouble.attempts++;
    const doublings = Math.max(0, trouble.attempts - peers);
    const waitMs = Math.min(TIMERS.downloadBackoffMost, TIMERS.downloadPause * 2 ** Math.min(doublings, 30));
    trouble.notBeforeMs = nowMs + waitMs;
  }

  /** Shares came. If it is wanted again all the same they were refused: each time it waits longer. */
  useful(hash: string, nowMs: number): void {
    const trouble = this.trouble(hash);
    trouble.attempts++;
    trouble.fruitless.clear();
    const waitMs = Math.min(TIMERS.downloadBackoffMost, TIMERS.downloadPause * 2 ** Math.min(trouble.attempts, 30));
    trouble.notBeforeMs = nowMs + waitMs;
  }

  /** A peer that must have it has sent nothing; true if that is the second time. */
  empty(hash: string, peer: string, nowMs: number): boolean {
    const { empty } = this.trouble(hash);
    const count = (empty.get(peer)?.count ?? 0) + 1;
    if (empty.size < LIMITS.incoming + LIMITS.outgoing || empty.has(peer)) empty.set(peer, { count, atMs: nowMs });
    return count === 2;
  }

  private trouble(hash: string): Trouble {
    const known = this.byHash.get(hash);
    if (known !== undefined) return known;
    const trouble: Trouble = {
      attempts: 0,
      notBeforeMs: 0,
      maxParents: Number.POSITIVE_INFINITY,
      fruitless: new Set(),
      empty: new Map(),
    };
    this.byHash.set(hash, trouble);
    return trouble;
  }
}
