import type { Logger } from "../platform/log.js";
import type { Database } from "./database.js";
import { StoreError } from "./errors.js";
import type { StoreLimits } from "./limits.js";
import { seal, sealJson, unseal, unsealJson } from "./seal.js";
import type { WriteQueue } from "./write-queue.js";

/** What became of a found block: `confirmed` and `orphaned` once it is deep in the chain, or will never be in it. */
export type BlockFate = "accepted" | "confirmed" | "found" | "orphaned" | "rejected";

/** A block that this node found. */
export interface StoredBlock {
  /** 64 hex digits in display order. */
  readonly hash: string;
  readonly height: number;
  /** Seconds since 1970. */
  readonly foundAt: number;
  readonly fate: BlockFate;
  /** The daemon's word, if it had one. */
  readonly reason: string | null;
  /** Whatever else is to be kept, as JSON. */
  readonly details: unknown;
}

export interface BlockStoreOptions {
  readonly database: Database;
  readonly queue: WriteQueue;
  readonly log: Logger;
  readonly limits: StoreLimits;
  /** Throws unless the store is open. */
  readonly requireOpen: () => void;
  /** The pool's own by default. */
  readonly keys?: BlockKeys;
}

/** First letters of keys, with the hash behind: of the block as JSON, and of its bytes, kept until it is confirmed. */
export interface BlockKeys {
  readonly block: string;
  readonly raw: string;
}

/** Blocks of the pool's own chain, and of chains that are mined along. */
export const BLOCK_KEYS = { own: { block: "b", raw: "c" }, merged: { block: "m", raw: "n" } } as const;

/** Found blocks. A handful in most nodes' lives, so that all but their bytes is in memory. */
export class BlockStore {
  private readonly options: BlockStoreOptions;
  private readonly keys: BlockKeys;
  private readonly blocks = new Map<string, StoredBlock>();
  /** Hashes of blocks whose bytes are kept, oldest first. */
  private readonly raw = new Set<string>();
  /** Blocks that are being put on disk: what follows must not overtake that. */
  private readonly coming = new Map<string, Promise<void>>();

  constructor(options: BlockStoreOptions) {
    this.options = options;
    this.keys = options.keys ?? BLOCK_KEYS.own;
  }

  /** @internal Reads what is there. */
  async start(): Promise<void> {
    const { database, limits, log } = this.options;
    const size = { count: limits.scanCount, bytes: limits.scanBytes };
    const found: StoredBlock[] = [];
    for await (const portion of database.scan(this.keys.block, after(this.keys.block), size)) {
      for (const [key, value] of portion) {
        const block = unsealJson(key, value);
        // Left as it is: a block may be worth somebody's look.
        if (block === undefined) log.warn(`the record of found block ${key.slice(1)} is damaged`);
        else found.push(block as StoredBlock);
      }
    }
    const raw = new Set<string>();
    for await (const portion of database.scan(this.keys.raw, after(this.keys.raw), size))
      for (const [key] of portion) raw.add(key.slice(1));
    for (const block of found.sort((a, b) => a.foundAt - b.foundAt)) {
      this.blocks.set(block.hash, block);
      if (raw.has(block.hash)) this.raw.add(block.hash);
    }
  }

  /** Newest first. */
  list(): StoredBlock[] {
    this.options.requireOpen();
    return [...this.blocks.values()].reverse();
  }

  get(hash: string): StoredBlock | null {
    this.options.requireOpen();
    return this.blocks.get(hash) ?? null;
  }

  /**
   * Stores a block with its bytes, in one write past all others; durable when it resolves. @throws StoreError if that
   * failed; it will be tried again, and submitting must not wait for it
   */
  async put(block: StoredBlock, bytes: Uint8Array): Promise<void> {
    this.options.requireOpen();
    const { queue, limits } = this.options;
    const [key, raw] = [this.blockKey(block.hash), this.rawKey(block.hash)];
    const written = queue.writeNow([
      { key, value: sealJson(key, block, limits.recordBytes) },
      { key: raw, value: seal(raw, bytes) },
    ]);
    this.blocks.set(block.hash, block);
    this.raw.add(block.hash);
    const settled = written.catch(() => undefined);
    this.coming.set(block.hash, settled);
    this.forgetOldest();
    try {
      await written;
    } finally {
      this.coming.delete(block.hash);
    }
  }

  /**
   * Enters what became of a block, and drops its bytes if it was confirmed; durable when it resolves.
   * @throws StoreError also for a block that is not stored
   */
  async update(hash: string, change: Partial<Pick<StoredBlock, "details" | "fate" | "reason">>): Promise<void> {
    this.options.requireOpen();
    await this.coming.get(hash);
    this.options.requireOpen();
    const before = this.blocks.get(hash);
    if (before === undefined) throw new StoreError(`found block ${hash} is not stored`, "STORE_UNKNOWN_BLOCK");
    const block: StoredBlock = { ...before, ...change };
    this.write(block);
    if (block.fate === "confirmed") this.dropBytes(hash);
    await this.options.queue.flush();
  }

  /** The block itself; null if it is not kept any more. @throws StoreError */
  async bytes(hash: string): Promise<Uint8Array | null> {
    this.options.requireOpen();
    if (!this.raw.has(hash)) return null;
    await this.coming.get(hash);
    const key = this.rawKey(hash);
    const sealed = await this.options.queue.read(key);
    const bytes = sealed === null ? null : unseal(key, sealed);
    if (bytes === null) this.options.log.warn(`the bytes of found block ${hash} are damaged`);
    return bytes;
  }

  private blockKey(hash: string): string {
    return `${this.keys.block}${hash}`;
  }

  private rawKey(hash: string): string {
    return `${this.keys.raw}${hash}`;
  }

  private write(block: StoredBlock): void {
    const { queue, limits } = this.options;
    const key = this.blockKey(block.hash);
    queue.put(key, sealJson(key, block, limits.recordBytes));
    this.blocks.set(block.hash, block);
  }

  private dropBytes(hash: string): void {
    if (this.raw.delete(hash)) this.options.queue.remove(this.rawKey(hash));
  }

  private forgetOldest(): void {
    const { blocks, rawBlocks } = this.options.limits;
    while (this.raw.size > rawBlocks) {
      const judged = [...this.raw].find((hash) => this.blocks.get(hash)?.fate !== "found");
      this.dropBytes(judged ?? first(this.raw)!);
    }
    while (this.blocks.size > blocks) {
      const settled = [...this.blocks.values()].find(({ fate }) => fate !== "found" && fate !== "accepted");
      const hash = settled?.hash ?? first(this.blocks.keys())!;
      this.dropBytes(hash);
      this.blocks.delete(hash);
      this.options.queue.remove(this.blockKey(hash));
    }
  }
}

/** The first key that does not begin with the letter. */
function after(letter: string): string {
  return String.fromCharCode(letter.charCodeAt(0) + 1);
}

function first<T>(items: Iterable<T>): T | undefined {
  for (const item of items) return item;
  return undefined;
}
