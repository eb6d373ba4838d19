import type { Share } from "../sharechain/share.js";
import { LIMITS } from "./limits.js";
import type { Peer } from "./peer.js";
import type { ShareSource } from "./share-source.js";

interface Orphan {
  readonly share: Pick<Share, "id" | "parentId" | "work">;
  readonly peer: Peer;
}

/**
 * Unsolicited shares whose parent is unknown: cheap to make where targets are easy, so only so many are held of one peer and
 * of all (spec/09 §5.2 stage 5). The one with least work gives way, of equals the oldest.
 */
export class OrphanCap {
  private readonly source: Pick<ShareSource, "drop" | "get">;
  private readonly orphans = new Map<string, Orphan>();

  constructor(source: Pick<ShareSource, "drop" | "get">) {
    this.source = source;
  }

  get size(): number {
    return this.orphans.size;
  }

  /** Whether a share may be held; counts it if its parent is unknown. */
  admit(share: Share, peer: Peer): boolean {
    if (share.parentId === null || this.source.get(share.parentId) !== undefined) return true;
    const own = [...this.orphans.values()].filter((orphan) => orphan.peer === peer);
    if (own.length >= LIMITS.orphans && !this.makeRoom(own, share)) return false;
    if (this.orphans.size >= LIMITS.orphansTotal && !this.makeRoom([...this.orphans.values()], share)) return false;
    const { id, parentId, work } = share;
    this.orphans.set(id, { share: { id, parentId, work }, peer });
    return true;
  }

  /** Forgets those that are gone or have found their parent. Before a batch: what is admitted is not held at once. */
  tidy(): void {
    if (this.orphans.size < LIMITS.orphans) return;
    for (const [id, { share }] of this.orphans) {
      const isHeld = this.source.get(id) !== undefined;
      if (!isHeld || this.source.get(share.parentId!) !== undefined) this.orphans.delete(id);
    }
  }

  private makeRoom(among: readonly Orphan[], newcomer: Share): boolean {
    const weakest = among.reduce((a, b) => (b.share.work < a.share.work ? b : a));
    if (weakest.share.work > newcomer.work || !this.source.drop(weakest.share.id)) return false;
    this.orphans.delete(weakest.share.id);
    return true;
  }
}
