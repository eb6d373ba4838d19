import { TokenBucket } from "../core/token-bucket.js";
import type { Clock } from "../platform/clock.js";
import type { ShareNode } from "../sharechain/index.js";
import { LIMITS } from "./limits.js";
import type { Peer } from "./peer.js";
import type { ShareSource } from "./share-source.js";
import { SHARE_REPLY, type ShareRequest, type WrappedShare } from "./wire/messages.js";

export interface ShareServerOptions {
  readonly source: Pick<ShareSource, "get">;
  readonly clock: Clock;
  readonly isLegacy: () => boolean;
  readonly isHeldBack: (id: string) => boolean;
}

interface Budget {
  readonly requests: TokenBucket;
  readonly nullRequests: TokenBucket;
  readonly shares: TokenBucket;
  readonly bytes: TokenBucket;
}

const NULL_SHARE = "0".repeat(64);
/** Part of the budget of all that only peers whom we dialled may use up. */
const RESERVED = 0.25;

/**
 * Answers requests for shares (spec/06 §6.6; spec/09 §5.3): always and at once, but over a budget with little or nothing.
 * Silence would make an honest peer hang up, and ban us.
 */
export class ShareServer {
  private readonly options: ShareServerOptions;
  private readonly budgets = new Map<Peer, Budget>();
  private readonly total: TokenBucket;

  constructor(options: ShareServerOptions) {
    this.options = options;
    this.total = new TokenBucket(LIMITS.servedBytesTotal, options.clock.monotonicMs());
  }

  closed(peer: Peer): void {
    this.budgets.delete(peer);
  }

  answer(peer: Peer, { id, ...request }: ShareRequest & { readonly id: string }): void {
    const shares = this.find(peer, request).map(wrapped);
    peer.send("sharereply", { id, result: SHARE_REPLY.good, shares });
  }

  /** The historic request is answered with `shares`, or not at all (spec/06 §15). */
  answerHistoric(peer: Peer, request: ShareRequest): void {
    const shares = this.find(peer, request).map(wrapped);
    if (shares.length > 0) peer.send("shares", { shares });
  }

  /** Child first, then parent, for each hash; a hash that is asked for twice is answered once (spec/09 §5.3). */
  private find(peer: Peer, { hashes, parents, stops }: ShareRequest): ShareNode[] {
    const { source, clock, isLegacy, isHeldBack } = this.options;
    const nowMs = clock.monotonicMs();
    const budget = this.budget(peer, nowMs);
    const distinct = [...new Set(hashes)];
    if (distinct.length === 0) return [];
    const isNull = distinct.length === 1 && distinct[0] === NULL_SHARE;
    if (isNull && budget.nullRequests.take(nowMs)) return [];
    if (!budget.requests.take(nowMs)) return [];

    const each = Math.min(Number(parents), Math.floor(LIMITS.sharesPerAnswer / distinct.length)) + 1;
    const most = Math.min(LIMITS.sharesPerAnswer, budget.shares.available(nowMs));
    const reserved = peer.direction === "outgoing" ? 0 : RESERVED * LIMITS.servedBytesTotal.burst;
    const bytes = Math.min(
      isLegacy() ? LIMITS.bytesPerAnswerLegacy : LIMITS.bytesPerAnswer,
      budget.bytes.available(nowMs),
      this.total.available(nowMs) - reserved,
    );
    const ends = new Set(stops);
    const found: ShareNode[] = [];
    let size = 0;
    for (const hash of distinct.slice(0, LIMITS.hashesPerRequest)) {
      const start = source.get(hash);
      if (start === undefined || isHeldBack(hash)) continue;
      for (const node of start.chain(Math.min(each, start.height))) {
        if (ends.has(node.id)) break;
        size += node.item.share.raw.length;
        // A shorter answer is always legal; one with a hole is not.
        if (found.length + 1 > most || size > bytes) return this.charge(found, budget, nowMs);
        found.push(node);
      }
    }
    return this.charge(found, budget, nowMs);
  }

  private charge(found: ShareNode[], budget: Budget, nowMs: number): ShareNode[] {
    const size = found.reduce((sum, { item }) => sum + item.share.raw.length, 0);
    budget.shares.takeUpTo(nowMs, found.length);
    budget.bytes.takeUpTo(nowMs, size);
    this.total.takeUpTo(nowMs, size);
    return found;
  }

  private budget(peer: Peer, nowMs: number): Budget {
    const known = this.budgets.get(peer);
    if (known !== undefined) return known;
    const budget: Budget = {
      requests: new TokenBucket(LIMITS.requests, nowMs),
      nullRequests: new TokenBucket(LIMITS.nullRequests, nowMs),
      shares: new TokenBucket(LIMITS.servedShares, nowMs),
      bytes: new TokenBucket(LIMITS.servedBytes, nowMs),
    };
    this.budgets.set(peer, budget);
    return budget;
  }
}

export function wrapped({ item }: ShareNode): WrappedShare {
  return { type: BigInt(item.share.version), raw: item.share.raw };
}
