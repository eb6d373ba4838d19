import { errorMessage } from "../core/errors.js";
import type { OwnBlock } from "../daemon/p2p/own-blocks.js";
import type { RpcBlockHeader, RpcClient } from "../daemon/rpc/index.js";
import { type SubmitResult, submitBlock } from "../daemon/submit-block.js";
import { type Clock, isSettledWithin } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import type { BlockStore } from "../store/block-store.js";
import type { FoundBlock } from "../work/solution.js";
import { BlockFollower } from "./block-follower.js";
import { type BlockRecord, recordToStored, storedToRecord } from "./block-record.js";
import type { NodeEvent } from "./events.js";

/** A daemon that gets every block by RPC. */
export interface BlockDaemon {
  readonly rpc: Pick<RpcClient, "endpoint" | "submitBlock" | "submitBlockByTemplate">;
  /** It has judged a block, which needs not come to it by another way any more. */
  readonly onJudged?: (hash: string) => void;
}

export interface FoundBlocksOptions {
  readonly daemons: readonly BlockDaemon[];
  /** Null for nowhere. Open from `resume` until `stop` has resolved. */
  readonly store: BlockStore | null;
  /** Asks the daemon that gives the templates. */
  readonly getBlockHeader: (hash: string) => Promise<Pick<RpcBlockHeader, "confirmations">>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Sends a block over the coin's P2P, in this turn of the event loop. */
  readonly sendByP2p: (block: OwnBlock) => void;
  /** A daemon took a block, so that its template may be another one. */
  readonly onAccepted: () => void;
  readonly onEvent: (event: NodeEvent) => void;
}

/** A block goes out when it is on disk, or after this time: a disk that takes longer must not cost the block. */
const DISK_MS = 200;
/** Longest wait at the end for the daemons' word on blocks that are on their way. */
const GRACE_MS = 1_500;
/** Blocks remembered; settled ones are forgotten first. Twice what is followed at one time if every block is ours. */
const MAX_RECORDS = 200;
/** With so many confirmations a daemon that does not answer has long heard of it from others, or never will. */
const TOLD_DEPTH = 6;

interface Entry {
  record: BlockRecord;
  /** Ends its submissions. */
  readonly ending: AbortController;
  /** Endpoints that have not judged it yet. */
  readonly asked: Set<string>;
}

/**
 * The blocks that this node found (spec/07 §11.2, spec/10 §11.2): kept on disk, handed in to every daemon by RPC until it has
 * judged them and over the coin's P2P, again after a crash, and followed until they are deep in the chain or out of it.
 *
 * Life: `resume` once the store is open; `found` at any time before `stop`, after which no call or timer of it is left. What
 * was not judged by then is handed in again by the next `resume`.
 */
export class FoundBlocks {
  private readonly options: FoundBlocksOptions;
  private readonly entries = new Map<string, Entry>();
  private readonly running = new Set<Promise<void>>();
  private readonly follower: BlockFollower;
  private tip = 0;

  constructor(options: FoundBlocksOptions) {
    this.options = options;
    const { getBlockHeader, clock, log } = options;
    this.follower = new BlockFollower({
      getBlockHeader,
      clock,
      log,
      records: () => this.list(),
      onChange: (hash, change) => this.change(hash, change),
      onUnknown: (hash) => this.handInAgain(hash),
    });
  }

  /** Newest first; confirmations as of the tip, though not every tip is worth a look. */
  list(): readonly BlockRecord[] {
    const records = [...this.entries.values()].map(({ record }): BlockRecord => {
      const { confirmations, height } = record;
      return confirmations === null
        ? record
        : { ...record, confirmations: Math.max(confirmations, this.tip - height + 1) };
    });
    return records.reverse();
  }

  /** Takes up what the store has: blocks that no daemon has judged are handed in again. */
  async resume(): Promise<void> {
    const { store, log } = this.options;
    if (store === null) return;
    for (const stored of store.list().reverse()) {
      const record = storedToRecord(stored);
      if (record === null) log.error({ hash: stored.hash }, "the record of a found block cannot be read");
      else this.enter(record);
    }
    for (const { record } of this.entries.values()) {
      if (record.fate !== "found") continue;
      log.warn({ hash: record.hash }, "handing in a block that was found before the last stop and not judged yet");
      await this.handInStored(record.hash);
    }
  }

  /** Keeps a block and hands it in, once: false if it is known. Without a store it leaves in this turn of the event loop. */
  found(found: FoundBlock): boolean {
    if (this.entries.has(found.hash)) return false;
    const { hash, height, worker, subsidy, foundAt, payees, donation, bytes } = found;
    const outcome = { accepted: null, reason: null, fate: "found", confirmations: null, verdicts: [] } as const;
    const record: BlockRecord = { hash, height, worker, subsidy, foundAt, payees, donation, ...outcome };
    const { store, onEvent } = this.options;
    // The disk works while the rest of this turn is done.
    const written = store === null ? null : store.put(recordToStored(record), bytes);
    this.enter(record);
    if (written === null) this.send(hash, bytes);
    else this.run(this.onceWritten(written, hash).then(() => this.send(hash, bytes)));
    onEvent({ type: "block-found", ...record });
    return true;
  }

  /** The coin's chain has another tip, at this height. */
  tipChanged(height: number): void {
    this.tip = height;
    this.follower.tipChanged(height);
  }

  async stop(): Promise<void> {
    const { clock, log, store } = this.options;
    await this.follower.stop();
    await isSettledWithin(clock, GRACE_MS, this.settled());
    const open = this.list().filter(({ fate }) => fate === "found");
    if (open.length > 0) {
      const later = store === null ? "" : ": the next start hands in again what needs it";
      log.warn(
        { hashes: open.map(({ hash }) => hash) },
        `no daemon has judged ${open.length} found blocks yet${later}`,
      );
    }
    for (const { ending } of this.entries.values()) ending.abort();
    await this.settled();
  }

  private enter(record: BlockRecord): void {
    if (this.entries.size >= MAX_RECORDS) {
      const isSettled = ({ fate }: BlockRecord): boolean => fate === "confirmed" || fate === "rejected";
      const settled = [...this.entries.values()].find((entry) => isSettled(entry.record));
      const oldest = settled?.record.hash ?? this.entries.keys().next().value!;
      this.entries.get(oldest)!.ending.abort();
      this.entries.delete(oldest);
    }
    this.entries.set(record.hash, { record, ending: new AbortController(), asked: new Set() });
  }

  /** Resolves when the block is on disk, cannot be put there now, or that takes too long. */
  private async onceWritten(written: Promise<void>, hash: string): Promise<void> {
    const { clock, log } = this.options;
    written.catch((error: unknown) =>
      log.error({ hash }, `a found block is handed in without being on disk: ${errorMessage(error)}`),
    );
    if (!(await isSettledWithin(clock, DISK_MS, written)))
      log.warn({ hash }, "the disk is slow: a found block is handed in before it is written");
  }

  private send(hash: string, bytes: Uint8Array): void {
    // First by P2P, which needs no answer.
    this.options.sendByP2p({ hash: hash as OwnBlock["hash"], raw: bytes });
    for (const daemon of this.options.daemons) this.submit(hash, bytes, daemon);
  }

  private submit(hash: string, bytes: Uint8Array, { rpc, onJudged }: BlockDaemon): void {
    const entry = this.entries.get(hash);
    if (entry === undefined || entry.asked.has(rpc.endpoint)) return;
    entry.asked.add(rpc.endpoint);
    const { clock, log } = this.options;
    this.run(
      submitBlock(bytes, { rpc, clock, logger: log, signal: entry.ending.signal }).then((result) => {
        entry.asked.delete(rpc.endpoint);
        if (!result.judged) return;
        onJudged?.(hash);
        this.judged(entry, rpc.endpoint, result);
      }),
    );
  }

  private judged(entry: Entry, daemon: string, { accepted, reason }: SubmitResult): void {
    const { record } = entry;
    const verdicts = [...record.verdicts.filter((v) => v.daemon !== daemon), { daemon, accepted, reason }];
    const { log, onAccepted } = this.options;
    const { hash } = record;
    if (accepted) log.info({ hash, daemon, reason }, "a daemon took the block");
    else log.error({ hash, daemon }, `a daemon refused the block: ${reason}`);
    // One that takes it outweighs any that refuse it.
    const isNews = record.accepted !== true && record.accepted !== accepted;
    const fate = record.fate === "found" || (record.fate === "rejected" && accepted) ? outcome(accepted) : record.fate;
    this.change(hash, isNews ? { verdicts, accepted, reason, fate } : { verdicts });
    if (!accepted) return;
    this.follower.accepted(hash);
    onAccepted();
  }

  /** Enters what is new of a block, and tells of it where somebody should know. */
  private change(hash: string, change: Partial<BlockRecord>): void {
    const entry = this.entries.get(hash);
    if (entry === undefined) return;
    const before = entry.record;
    const record = { ...before, ...change };
    entry.record = record;
    const { store, onEvent, log } = this.options;
    if (store !== null) {
      const { details, fate, reason } = recordToStored(record);
      // What cannot be written waits and is tried again.
      this.run(
        store.update(hash, { details, fate, reason }).catch((error: unknown) => log.debug({ err: error }, hash)),
      );
    }
    // Nobody needs to be told of it any more.
    if ((record.confirmations ?? 0) >= TOLD_DEPTH) entry.ending.abort();
    if (record.accepted !== before.accepted) onEvent({ type: "block-judged", ...record });
    const isTurn = record.fate === "orphaned" || record.fate === "confirmed" || before.fate === "orphaned";
    if (isTurn && record.fate !== before.fate) onEvent({ type: "block-fate", ...record });
  }

  /** The daemon that gives the templates does not know a block that one had accepted: another daemon, or one that lost it. */
  private handInAgain(hash: string): void {
    const entry = this.entries.get(hash);
    if (entry === undefined || entry.asked.size > 0 || this.options.store === null) return;
    this.options.log.warn({ hash }, "the daemon does not know a found block: it is handed in again");
    this.run(this.handInStored(hash));
  }

  private async handInStored(hash: string): Promise<void> {
    const { store, log } = this.options;
    try {
      const bytes = await store!.bytes(hash);
      if (bytes === null) log.error({ hash }, "a found block is not kept any more and cannot be handed in again");
      else this.send(hash, bytes);
    } catch (error) {
      log.error({ err: error, hash }, "a found block could not be read and is not handed in again");
    }
  }

  private run(work: Promise<void>): void {
    const running = work
      .catch((error: unknown) => this.options.log.error({ err: error }, "taking care of a found block failed"))
      .finally(() => this.running.delete(running));
    this.running.add(running);
  }

  /** Nothing is running any more, nor what it set off. */
  private async settled(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }
}

function outcome(accepted: boolean): "accepted" | "rejected" {
  return accepted ? "accepted" : "rejected";
}
