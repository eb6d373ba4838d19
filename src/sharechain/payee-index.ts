import { ChainCursor } from "./chain-cursor.js";
import type { ShareNode } from "./share-node.js";

/** Shares of one address in a stretch of a chain. */
export interface PayeeShares {
  readonly shares: number;
  /** Those that announce a lost one. */
  readonly stale: number;
}

/**
 * The shares of a stretch by payout address, and the blocks among them. Moves along a chain by what changed.
 */
export class PayeeIndex {
  private readonly byAddress = new Map<string, { shares: number; stale: number; readonly nodes: Set<ShareNode> }>();
  private readonly blocks = new Set<ShareNode>();
  private readonly cursor = new ChainCursor({
    entered: (node) => this.enter(node),
    left: (node) => this.leave(node),
    cleared: () => {
      this.byAddress.clear();
      this.blocks.clear();
    },
  });

  /** Stands on `count` shares from `from` down, or on as many as there are. */
  standOn(from: ShareNode, count: number): void {
    this.cursor.standOn(from, count);
  }

  get payees(): ReadonlyMap<string, PayeeShares> {
    return this.byAddress;
  }

  /** Newest first. */
  sharesOf(address: string): ShareNode[] {
    const nodes = this.byAddress.get(address)?.nodes ?? [];
    return [...nodes].sort((a, b) => b.position - a.position);
  }

  /** Shares whose proof of work meets the coin's target that their header claims, newest first. */
  blockShares(): ShareNode[] {
    return [...this.blocks].sort((a, b) => b.position - a.position);
  }

  private enter(node: ShareNode): void {
    const { address, info, isBlockSolution } = node.item.share;
    let entry = this.byAddress.get(address);
    if (entry === undefined) {
      entry = { shares: 0, stale: 0, nodes: new Set() };
      this.byAddress.set(address, entry);
    }
    entry.shares++;
    if (info.data.staleInfo !== 0) entry.stale++;
    entry.nodes.add(node);
    if (isBlockSolution) this.blocks.add(node);
  }

  private leave(node: ShareNode): void {
    const { address, info } = node.item.share;
    this.blocks.delete(node);
    const entry = this.byAddress.get(address);
    if (entry === undefined) return;
    entry.shares--;
    if (info.data.staleInfo !== 0) entry.stale--;
    entry.nodes.delete(node);
    if (entry.shares === 0) this.byAddress.delete(address);
  }
}
