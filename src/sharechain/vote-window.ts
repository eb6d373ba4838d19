import { ChainCursor } from "./chain-cursor.js";
import type { ShareNode } from "./share-node.js";

/** Work by voted version, over some shares. */
export interface Votes {
  readonly byVersion: ReadonlyMap<bigint, bigint>;
  readonly total: bigint;
}

/** Votes as a cursor (spec/04 §2): the count moves along a chain by what changed, and equals the plain count. */
export class VoteWindow {
  private readonly cursor = new ChainCursor({
    entered: ({ item }) => this.apply(item.share.info.data.desiredVersion, item.work, 1),
    left: ({ item }) => this.apply(item.share.info.data.desiredVersion, -item.work, -1),
    cleared: () => {
      this.byVersion.clear();
      this.total = 0n;
    },
  });
  private readonly byVersion = new Map<bigint, { work: bigint; shares: number }>();
  private total = 0n;

  /** Votes of `count` shares from `from` down, or of as many as there are. */
  votes(from: ShareNode, count: number): Votes {
    this.cursor.standOn(from, count);
    const byVersion = new Map<bigint, bigint>();
    for (const [version, { work }] of this.byVersion) byVersion.set(version, work);
    return { byVersion, total: this.total };
  }

  private apply(version: bigint, work: bigint, shares: -1 | 1): void {
    const vote = this.byVersion.get(version);
    if (vote === undefined) this.byVersion.set(version, { work, shares });
    else {
      vote.work += work;
      vote.shares += shares;
      if (vote.shares === 0) this.byVersion.delete(version);
    }
    this.total += work;
  }
}
