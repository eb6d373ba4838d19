import type { ShareItem } from "../types.js";

/** A share in the drawing. */
export interface Place {
  readonly share: ShareItem;
  readonly rank: number;
  readonly lane: number;
}

/** Places of shares: left to right by generation, the best chain in the first lane and each fork in one of its own. */
export function placeShares(shares: readonly ShareItem[], tip: string | null): Place[] {
  const byHash = new Map(shares.map((share) => [share.hash, share]));
  const best = new Set<string>();
  for (let hash = tip; hash !== null && byHash.has(hash); hash = byHash.get(hash)!.parent) best.add(hash);
  const ranks = new Map<string, number>();
  const rankOf = (share: ShareItem): number => {
    // Heights move when the chain's end is cut; generations from one another do not.
    const path: ShareItem[] = [];
    let at: ShareItem | undefined = share;
    while (at !== undefined && !ranks.has(at.hash)) {
      path.push(at);
      at = at.parent === null ? undefined : byHash.get(at.parent);
    }
    let rank = at === undefined ? (path.at(-1)!.height ?? 0) - 1 : ranks.get(at.hash)!;
    for (const item of path.reverse()) ranks.set(item.hash, ++rank);
    return ranks.get(share.hash)!;
  };
  const taken = new Set<string>();
  const lanes = new Map<string, number>();
  return [...shares]
    .sort((a, b) => rankOf(a) - rankOf(b) || a.createdAt - b.createdAt)
    .map((share) => {
      const rank = rankOf(share);
      let lane = 0;
      if (!best.has(share.hash)) {
        lane = Math.max(1, lanes.get(share.parent ?? "") ?? 1);
        while (taken.has(`${rank} ${lane}`)) lane++;
      }
      taken.add(`${rank} ${lane}`);
      lanes.set(share.hash, lane);
      return { share, rank, lane };
    });
}
