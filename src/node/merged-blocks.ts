import { z } from "zod";
import { errorMessage } from "../core/errors.js";
import type { Logger } from "../platform/log.js";
import type { BlockStore, StoredBlock } from "../store/block-store.js";
import type { MergedBlockView } from "../web/view.js";

/** A block of a merged chain that this node found, and what became of it. Plain data. */
export interface MergedBlockRecord extends MergedBlockView {
  /** What it builds on; null if its daemon did not say. */
  readonly previousBlock: string | null;
  /** Whether the bytes kept are the block with its proof; otherwise they are the proof alone. */
  readonly isWhole: boolean;
}

export type MergedVerdict = Pick<MergedBlockView, "accepted" | "isLate" | "reason">;

/** Found blocks that are remembered. */
const MAX_BLOCKS = 100;

const detailsSchema = z.object({
  chainId: z.int().nonnegative(),
  pays: z.enum(["miners", "operator"]),
  worker: z.string(),
  height: z.int().nonnegative().nullable(),
  previousBlock: z.string().nullable(),
  isWhole: z.boolean(),
  accepted: z.boolean().nullable(),
  isLate: z.boolean(),
});

/**
 * Found blocks of merged chains, in memory and on disk, so that one that was not judged before a crash is handed in again.
 *
 * Life: `resume` once the store is open; nothing of it is left once `settled` has resolved.
 */
export class MergedBlocks {
  private readonly store: BlockStore | null;
  private readonly log: Logger;
  private readonly records = new Map<string, MergedBlockRecord>();
  private readonly writing = new Set<Promise<void>>();

  constructor({ store, log }: { readonly store: BlockStore | null; readonly log: Logger }) {
    this.store = store;
    this.log = log;
  }

  /** Newest first. */
  list(): readonly MergedBlockView[] {
    return [...this.records.values()].reverse().map(({ previousBlock: _, isWhole: __, ...view }) => view);
  }

  /** Takes up what the store has. Blocks that nobody has judged, the oldest first. */
  resume(): readonly MergedBlockRecord[] {
    for (const stored of this.store?.list().reverse() ?? []) {
      const details = detailsSchema.safeParse(stored.details);
      if (!details.success) this.log.error({ hash: stored.hash }, "the record of a merged block cannot be read");
      else this.remember({ ...details.data, hash: stored.hash, foundAt: stored.foundAt, reason: stored.reason });
    }
    return [...this.records.values()].filter(({ accepted }) => accepted === null);
  }

  /** The block, or its proof; null if it is not kept any more. @throws StoreError */
  async bytes(hash: string): Promise<Uint8Array | null> {
    return this.store === null ? null : this.store.bytes(hash);
  }

  /** The write begins in this turn of the event loop, past all others. */
  enter(record: MergedBlockRecord, bytes: Uint8Array): void {
    this.remember(record);
    if (this.store !== null) this.write(this.store.put(recordToStored(record), bytes), record.hash);
  }

  judge(hash: string, verdict: MergedVerdict): void {
    const before = this.records.get(hash);
    if (before === undefined) return;
    const record = { ...before, ...verdict };
    this.records.set(hash, record);
    if (this.store === null) return;
    const { details, fate, reason } = recordToStored(record);
    this.write(this.store.update(hash, { details, fate, reason }), hash);
  }

  async settled(): Promise<void> {
    while (this.writing.size > 0) await Promise.all(this.writing);
  }

  private remember(record: MergedBlockRecord): void {
    this.records.set(record.hash, record);
    if (this.records.size > MAX_BLOCKS) this.records.delete(this.records.keys().next().value!);
  }

  /** What cannot be written waits in the store and is tried again. */
  private write(written: Promise<void>, hash: string): void {
    const writing = written
      .catch((error: unknown) =>
        this.log.error({ hash }, `a found merged block is not on disk yet: ${errorMessage(error)}`),
      )
      .finally(() => this.writing.delete(writing));
    this.writing.add(writing);
  }
}

function recordToStored({ hash, foundAt, reason, ...details }: MergedBlockRecord): StoredBlock {
  const { accepted, height } = details;
  const fate = accepted === null ? "found" : accepted ? "accepted" : "rejected";
  return { hash, height: height ?? 0, foundAt, fate, reason, details };
}
