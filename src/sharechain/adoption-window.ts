import { ChainCursor } from "./chain-cursor.js";
import type { ShareFormat } from "./formats/index.js";
import type { ShareNode } from "./share-node.js";

/** How far a chain has come on its way to a version. */
export interface Adoption {
  /** Work of shares that vote for the version or a later one, of shares that are of it, and of all. */
  readonly voting: bigint;
  readonly minted: bigint;
  readonly total: bigint;
  /** Payees of the voting shares. Not authenticated: one person can have many. */
  readonly voters: number;
}

/** Adoption over the newest shares of a chain, as a cursor. */
export class AdoptionWindow {
  private readonly format: ShareFormat;
  private readonly cursor = new ChainCursor({
    entered: (node) => this.apply(node, 1),
    left: (node) => this.apply(node, -1),
    cleared: () => this.clear(),
  });
  private readonly voters = new Map<string, number>();
  private voting = 0n;
  private minted = 0n;
  private total = 0n;

  constructor(format: ShareFormat) {
    this.format = format;
  }

  /** Of `count` shares from `from` down, or of as many as there are. */
  adoption(from: ShareNode, count: number): Adoption {
    const { cursor } = this;
    cursor.moveTo(from);
    while (cursor.length > count) cursor.dropOldest();
    let next = cursor.below(from);
    while (next !== null && cursor.length < count) {
      cursor.takeIn(next);
      next = next.parent;
    }
    const { voting, minted, total } = this;
    return { voting, minted, total, voters: this.voters.size };
  }

  private apply({ item: { share, work } }: ShareNode, sign: -1 | 1): void {
    const signed = sign === 1 ? work : -work;
    this.total += signed;
    if (share.format === this.format) this.minted += signed;
    if (share.info.data.desiredVersion < BigInt(this.format.version)) return;
    this.voting += signed;
    const shares = (this.voters.get(share.address) ?? 0) + sign;
    if (shares === 0) this.voters.delete(share.address);
    else this.voters.set(share.address, shares);
  }

  private clear(): void {
    this.voters.clear();
    this.voting = 0n;
    this.minted = 0n;
    this.total = 0n;
  }
}
