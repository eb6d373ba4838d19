import { type StaleInfo, staleInfoOfByte } from "../core/stale-info.js";
import { ChainCursor } from "./chain-cursor.js";
import type { ShareNode } from "./share-node.js";

/** What some shares of a chain say of shares that were lost, and how many of them are ours. */
export interface StaleTally {
  /** Shares. */
  readonly count: number;
  /** Those that announce a lost one. */
  readonly stale: number;
  /** Work of the announcing ones by what they announce; `good` is the work of all (spec/12 A.2). */
  readonly work: ReadonlyMap<string, bigint>;
  /** The same of our own only, in shares; `good` counts all of them. */
  readonly own: ReadonlyMap<string, number>;
  /** Work of our own. */
  readonly ownWork: bigint;
  /** Whether a share of the tally counts as our own. */
  ownHas(id: string): boolean;
}

/** A stale tally as a cursor (spec/04 §11): it moves along a chain by what changed, and equals the plain count. */
export class TallyWindow {
  private readonly isOwn: (id: string) => boolean;
  /** Ids counted as our own when they came in: what leaves must be counted as it entered. */
  private readonly ownInside = new Set<string>();
  private readonly work = new Map<string, bigint>();
  private readonly own = new Map<string, number>();
  private stale = 0;
  private ownWork = 0n;
  private readonly cursor = new ChainCursor({
    entered: (node) => this.apply(node, 1),
    left: (node) => this.apply(node, -1),
    cleared: () => this.clear(),
  });

  constructor(isOwn: (id: string) => boolean = () => false) {
    this.isOwn = isOwn;
  }

  /** Of `count` shares from `from` down, or of as many as there are; true until it is asked again. */
  tally(from: ShareNode, count: number): StaleTally {
    this.cursor.standOn(from, count);
    const { work, own, stale, ownWork } = this;
    return { count: this.cursor.length, stale, work, own, ownWork, ownHas: (id) => this.ownInside.has(id) };
  }

  private apply(node: ShareNode, sign: -1 | 1): void {
    const { share, work } = node.item;
    const kind = staleInfoOfByte(share.info.data.staleInfo);
    const signedWork = sign === 1 ? work : -work;
    this.addWork("good", signedWork);
    if (kind !== null) {
      this.stale += sign;
      this.addWork(kind, signedWork);
    }
    if (sign === 1 ? !this.isOwn(node.id) : !this.ownInside.delete(node.id)) return;
    if (sign === 1) this.ownInside.add(node.id);
    this.ownWork += signedWork;
    this.addOwn("good", sign);
    if (kind !== null) this.addOwn(kind, sign);
  }

  private addWork(kind: Exclude<StaleInfo, null> | "good", amount: bigint): void {
    const sum = (this.work.get(kind) ?? 0n) + amount;
    // A share's work is above zero, so that a sum of zero means that none is left.
    if (sum === 0n) this.work.delete(kind);
    else this.work.set(kind, sum);
  }

  private addOwn(kind: Exclude<StaleInfo, null> | "good", sign: -1 | 1): void {
    const sum = (this.own.get(kind) ?? 0) + sign;
    if (sum === 0) this.own.delete(kind);
    else this.own.set(kind, sum);
  }

  private clear(): void {
    this.ownInside.clear();
    this.work.clear();
    this.own.clear();
    this.stale = 0;
    this.ownWork = 0n;
  }
}
