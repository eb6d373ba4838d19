import type { Logger } from "../platform/log.js";
import type { ShareId } from "../sharechain/contents.js";
import type { Share } from "../sharechain/share.js";
import type { Tracker } from "../sharechain/tracker.js";
import type { Database, Entry } from "./database.js";
import { StoreError } from "./errors.js";
import type { StoreLimits } from "./limits.js";
import {
  isMarkValid,
  markKey,
  markToRecord,
  parseShareKey,
  recordToShare,
  SHARES_FROM,
  SHARES_TO,
  type StoredShare,
  shareKey,
  shareToRecord,
} from "./share-record.js";
import type { WriteQueue } from "./write-queue.js";

export interface ShareStoreOptions {
  readonly database: Database;
  readonly queue: WriteQueue;
  readonly log: Logger;
  readonly limits: StoreLimits;
  /** Throws unless the store is open. */
  readonly requireOpen: () => void;
}

interface Known {
  readonly absheight: number;
  isVerified: boolean;
}

/**
 * The shares of the tracker on disk: which of them are there, and which are marked as verified. Order of use: `load`, to
 * its end; the caller builds the tracker; `attach`. From then on the store follows the tracker, so that it is bounded by
 * what bounds the tracker.
 */
export class ShareStore {
  private readonly options: ShareStoreOptions;
  /** What is on disk once all waiting writes are. */
  private known = new Map<ShareId, Known>();
  private isLoaded = false;
  private hasRefused = false;
  private verifiedCount = 0;
  private detach: (() => void) | null = null;

  constructor(options: ShareStoreOptions) {
    this.options = options;
  }

  get size(): number {
    return this.known.size;
  }

  get verifiedSize(): number {
    return this.verifiedCount;
  }

  has(id: ShareId): boolean {
    return this.known.has(id);
  }

  /**
   * Everything stored, in portions, parents before children as far as shares tell the truth about their height. Bytes are
   * as they were stored; that they are a share is for the caller to check (spec/05 §3.5). Damaged records are skipped,
   * logged and removed: the network still has them. @throws StoreError
   */
  async *load(): AsyncGenerator<readonly StoredShare[]> {
    const { database, queue, log, limits, requireOpen } = this.options;
    requireOpen();
    await queue.flush();
    const reading: Reading = { known: new Map(), pending: null, useless: [], damaged: 0 };
    const size = { count: limits.scanCount, bytes: limits.scanBytes };
    for await (const portion of database.scan(SHARES_FROM, SHARES_TO, size)) {
      const shares = readPortion(reading, portion);
      if (shares.length > 0) yield shares;
      requireOpen();
    }
    if (reading.pending !== null) yield [complete(reading.pending, false)];
    for (const key of reading.useless) queue.remove(key);
    if (reading.damaged > 0) log.warn(`${reading.damaged} damaged shares in the store of ${database.location} dropped`);
    if (this.isLoaded) return;
    this.isLoaded = true;
    this.known = reading.known;
    for (const { isVerified } of reading.known.values()) if (isVerified) this.verifiedCount++;
  }

  /**
   * Makes the store equal to the tracker, now and from now on: what is not in it is forgotten (spec/04 §10). Returns what
   * ends it; `Store.stop` does so too. @throws StoreError unless the shares have been loaded
   */
  attach({ main, verified }: Tracker): () => void {
    this.requireLoaded();
    this.detach?.();
    for (const id of [...this.known.keys()]) {
      if (!main.has(id)) this.remove(id);
      else if (!verified.has(id)) this.unmark(id);
    }
    for (const { item } of main.all()) this.add(item.share, item.seenAt);
    for (const { id } of verified.all()) this.mark(id);
    const ends = [
      main.observe({
        added: ({ item }) => this.add(item.share, item.seenAt),
        removed: ({ id }) => this.remove(id),
      }),
      verified.observe({ added: ({ id }) => this.mark(id), removed: ({ id }) => this.unmark(id) }),
    ];
    const detach = (): void => {
      for (const end of ends) end();
    };
    this.detach = detach;
    return detach;
  }

  /** Lets go of the tracker. */
  stop(): void {
    this.detach?.();
    this.detach = null;
  }

  /** To be stored soon; nothing happens if it is. `seenAt`: seconds since 1970. */
  add(share: Share, seenAt: number): void {
    this.requireLoaded();
    if (this.known.has(share.id)) return;
    const { queue, limits, log } = this.options;
    if (this.known.size >= limits.shares || queue.isFull) {
      if (!this.hasRefused) log.warn("the store takes no more shares for now");
      this.hasRefused = true;
      return;
    }
    this.hasRefused = false;
    this.put(share, seenAt, false, true);
  }

  /**
   * Stores a share of our own that is in the tracker; durable when it resolves, with everything before it. @throws
   * StoreError if that failed; it will be tried again, and the share is still good to be sent
   */
  async addOwn(share: Share, seenAt: number): Promise<void> {
    this.requireLoaded();
    this.put(share, seenAt, true, !this.known.has(share.id));
    await this.options.queue.flush();
  }

  /** Marks a share as verified. */
  mark(id: ShareId): void {
    this.requireLoaded();
    const known = this.known.get(id);
    // The one case is a share that was refused for want of room.
    if (known === undefined || known.isVerified) return;
    known.isVerified = true;
    this.verifiedCount++;
    const key = markKey(known.absheight, id);
    this.options.queue.put(key, markToRecord(key), true);
  }

  unmark(id: ShareId): void {
    this.requireLoaded();
    const known = this.known.get(id);
    if (known === undefined || !known.isVerified) return;
    known.isVerified = false;
    this.verifiedCount--;
    this.options.queue.remove(markKey(known.absheight, id));
  }

  remove(id: ShareId): void {
    this.unmark(id);
    const known = this.known.get(id);
    if (known === undefined) return;
    this.known.delete(id);
    this.options.queue.remove(shareKey(known.absheight, id));
  }

  private put(share: Share, seenAt: number, isOwn: boolean, isNew: boolean): void {
    const { absheight } = share.info;
    const key = shareKey(absheight, share.id);
    this.options.queue.put(key, shareToRecord(key, share, seenAt, isOwn), isNew);
    if (isNew) this.known.set(share.id, { absheight, isVerified: false });
  }

  private requireLoaded(): void {
    this.options.requireOpen();
    if (!this.isLoaded) throw new StoreError("the shares have not been loaded", "STORE_NOT_LOADED");
  }
}

interface Reading {
  readonly known: Map<ShareId, Known>;
  /** A share whose mark, if it has one, comes next. */
  pending: Omit<StoredShare, "isVerified"> | null;
  /** Keys of damaged records, and of marks without a share or of older rules. */
  readonly useless: string[];
  damaged: number;
}

function readPortion(reading: Reading, portion: readonly Entry[]): StoredShare[] {
  const shares: StoredShare[] = [];
  for (const [key, value] of portion) {
    const parsed = parseShareKey(key);
    if (parsed?.kind === "mark" && parsed.id === reading.pending?.id && isMarkValid(key, value)) {
      shares.push(complete(reading.pending, true));
      reading.known.get(parsed.id)!.isVerified = true;
      reading.pending = null;
      continue;
    }
    if (reading.pending !== null) shares.push(complete(reading.pending, false));
    reading.pending = parsed?.kind === "share" ? recordToShare(key, parsed.id, value) : null;
    if (reading.pending === null || parsed === null) {
      reading.useless.push(key);
      if (parsed?.kind === "share") reading.damaged++;
    } else reading.known.set(parsed.id, { absheight: parsed.absheight, isVerified: false });
  }
  return shares;
}

function complete(share: Omit<StoredShare, "isVerified">, isVerified: boolean): StoredShare {
  return { ...share, isVerified };
}
