import type { Forest, ForestItem, ForestNode } from "./forest.js";
import type { Share } from "./share.js";

/** A share in its place: object links to its parent and children, heights and sums in constant time. */
export type ShareNode = ForestNode<TrackedShare>;
export type ShareForest = Forest<TrackedShare>;

/** A share with what this node, and nobody else, knows of it. Only the tracker writes here. */
export class TrackedShare implements ForestItem {
  readonly share: Share;
  /** Seconds since 1970; 0 for shares loaded from disk, which therefore win ties (spec/08 §2). */
  readonly seenAt: number;
  /** Peer that sent it; null for own and stored shares. */
  readonly peer: string | null;
  /** 0, or 1 for an offender and 2 to 6 for what builds on it (spec/04 §7.1). */
  naughty = 0;
  /** Size of its generation transaction once verified. */
  gentxSize: GentxSize | null = null;

  constructor(share: Share, seenAt: number, peer: string | null) {
    this.share = share;
    this.seenAt = seenAt;
    this.peer = peer;
  }

  get id(): Share["id"] {
    return this.share.id;
  }
  get parentId(): Share["parentId"] {
    return this.share.parentId;
  }
  get work(): bigint {
    return this.share.work;
  }
  get minWork(): bigint {
    return this.share.minWork;
  }
}

export interface GentxSize {
  /** Bytes without witness. */
  readonly stripped: number;
  /** Full size + 3 × stripped size. */
  readonly weight: number;
}
