import { bip34Height } from "../bitcoin/script.js";
import { bytesToBigIntLE } from "../core/bytes.js";
import { bitsToTarget, bitsToTargetBytes, targetToAttempts, targetToDifficulty } from "../core/compact.js";
import { hashMeetsTarget } from "../core/hash/index.js";
import type { Share } from "../sharechain/share.js";
import type { ShareNode } from "../sharechain/share-node.js";

export type BlockStatus = "confirmed" | "orphaned" | "pending" | "rejected";

/** A block that the pool found (spec/10 §12.5). Its share has the same hash. */
export interface PoolBlock {
  readonly hash: string;
  readonly height: number | null;
  /** Seconds since 1970: when the share was made. */
  readonly foundAt: number;
  /** Payout address of the finder. */
  readonly finder: string;
  readonly mine: boolean;
  /** Satoshi, as decimal text. */
  readonly valueSat: string;
  readonly networkDifficulty: number;
  /** Of the block's own hash. */
  readonly actualDifficulty: number;
  /** Hashes per second of the pool when it was found; null if unknown. */
  readonly poolRate: number | null;
  /** Work of the chain since the pool's block before, over the work that a block is expected to take; null if unknown. */
  readonly effort: number | null;
  readonly status: BlockStatus;
}

/** Blocks remembered; the oldest goes. */
const MAX_BLOCKS = 1000;
/** A block whose header claims a target more than this many times easier than the daemon's is none (spec/04 §12 item 1). */
const EASIEST = 4n;

/**
 * The pool's blocks, found here and elsewhere: seen as shares whose proof of work meets the coin's target. Newest first.
 */
export class PoolBlocks {
  private readonly blocks = new Map<string, PoolBlock>();
  private sorted: readonly PoolBlock[] | null = null;

  get list(): readonly PoolBlock[] {
    this.sorted ??= [...this.blocks.values()].sort((a, b) => b.foundAt - a.foundAt || (a.hash < b.hash ? -1 : 1));
    return this.sorted;
  }

  get(hash: string): PoolBlock | null {
    return this.blocks.get(hash) ?? null;
  }

  /** Null if the share is no block, or known. `bits`: of the daemon's template. */
  add(
    node: ShareNode,
    context: { readonly bits: number; readonly mine: boolean; readonly poolRate: number | null },
  ): PoolBlock | null {
    const { share } = node.item;
    if (!share.isBlockSolution || this.blocks.has(share.id) || !isLikely(share, context.bits)) return null;
    const block = this.describe(node, context);
    this.put(block);
    return block;
  }

  /**
   * A block that this node found; known from its share, as a rule, but not where the share is not kept, or where a block is
   * easier than a share, as on test networks. Null if it is known.
   */
  addOwn(block: Omit<PoolBlock, "effort" | "mine" | "status">): PoolBlock | null {
    if (this.blocks.has(block.hash)) return null;
    const own: PoolBlock = { ...block, mine: true, effort: null, status: "pending" };
    this.put(own);
    return own;
  }

  /** Null if nothing changed. */
  setStatus(hash: string, status: BlockStatus): PoolBlock | null {
    const block = this.blocks.get(hash);
    if (block === undefined || block.status === status) return null;
    const changed = { ...block, status };
    this.put(changed);
    return changed;
  }

  /** To be kept. */
  save(): unknown {
    return this.list;
  }

  /** Takes what was kept; what does not look like a block is left out. */
  restore(saved: unknown): void {
    if (!Array.isArray(saved)) return;
    for (const block of saved as unknown[]) if (isBlock(block)) this.put(block);
  }

  private put(block: PoolBlock): void {
    this.blocks.set(block.hash, block);
    this.sorted = null;
    if (this.blocks.size > MAX_BLOCKS) this.blocks.delete(this.list.at(-1)!.hash);
    this.sorted = null;
  }

  private describe(node: ShareNode, { mine, poolRate }: { mine: boolean; poolRate: number | null }): PoolBlock {
    const { share } = node.item;
    const networkTarget = bitsToTarget(share.header.bits);
    const height = bip34Height(share.info.data.coinbase);
    return {
      hash: share.id,
      height: height === null ? null : Number(height),
      foundAt: share.info.timestamp,
      finder: share.address,
      mine,
      valueSat: share.info.data.subsidy.toString(),
      networkDifficulty: targetToDifficulty(networkTarget),
      actualDifficulty: targetToDifficulty(bytesToBigIntLE(share.powHash)),
      poolRate,
      effort: this.effortAt(node, targetToAttempts(networkTarget)),
      status: "pending",
    };
  }

  /** The round that is under way on `best`: since when, and the work done over `attempts`; null where no block is known. */
  round(best: ShareNode, attempts: bigint): { readonly startedAt: number; readonly effort: number } | null {
    const last = this.lastBelow(best, true);
    return last === null
      ? null
      : { startedAt: last.block.foundAt, effort: Number(best.workSince(last.node)) / Number(attempts) };
  }

  private effortAt(node: ShareNode, attempts: bigint): number | null {
    const last = this.lastBelow(node, false);
    return last === null ? null : Number(node.workSince(last.node)) / Number(attempts);
  }

  /** The newest block that a share builds on, or is. */
  private lastBelow(node: ShareNode, orItself: boolean): { block: PoolBlock; node: ShareNode } | null {
    const { timestamp } = node.item.share.info;
    for (const block of this.list) {
      if (block.foundAt > timestamp || (!orItself && block.hash === node.id)) continue;
      const ancestor = this.nodeOf(node, block.hash);
      if (ancestor !== null) return { block, node: ancestor };
    }
    return null;
  }

  /** Set by the owner: finds a share by its hash, so that work since a block can be told. */
  find: (hash: string) => ShareNode | null = () => null;

  private nodeOf(node: ShareNode, hash: string): ShareNode | null {
    const found = this.find(hash);
    return found !== null && node.isChildOf(found) ? found : null;
  }
}

function isLikely(share: Share, bits: number): boolean {
  return (
    bitsToTarget(share.header.bits) <= EASIEST * bitsToTarget(bits) &&
    hashMeetsTarget(share.powHash, bitsToTargetBytes(share.header.bits))
  );
}

function isBlock(value: unknown): value is PoolBlock {
  const block = (value ?? {}) as Record<string, unknown>;
  return (
    typeof block.hash === "string" &&
    /^[0-9a-f]{64}$/.test(block.hash) &&
    typeof block.foundAt === "number" &&
    typeof block.finder === "string" &&
    typeof block.valueSat === "string" &&
    typeof block.networkDifficulty === "number" &&
    ["confirmed", "orphaned", "pending", "rejected"].includes(block.status as string)
  );
}
