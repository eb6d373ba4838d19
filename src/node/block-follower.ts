import { errorMessage } from "../core/errors.js";
import { InvalidAddressOrKeyError, type RpcBlockHeader } from "../daemon/rpc/index.js";
import type { Clock, Timer } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import type { BlockRecord } from "./block-record.js";

export interface BlockFollowerOptions {
  readonly getBlockHeader: (hash: string) => Promise<Pick<RpcBlockHeader, "confirmations">>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly records: () => readonly BlockRecord[];
  readonly onChange: (hash: string, change: Partial<BlockRecord>) => void;
  /** The daemon does not know a block that it should know. */
  readonly onUnknown: (hash: string) => void;
}

/** After a block was accepted, when it is looked at besides at new tips (spec/07 §11.2). */
const LOOKS_MS = [10_000, 60_000];
/** From so many blocks on, its own included, nothing is expected to change any more: a coinbase may be spent then. */
const FINAL_DEPTH = 100;
/** So deep every new tip is worth a look, and below every tenth. */
const CLOSE_DEPTH = 6;
const SPARSE_STEP = 10;

/**
 * Follows found blocks by what the daemon says of their headers (spec/07 §11.2): in the best chain, out of it, in again after
 * a reorganisation.
 *
 * Life: after `stop` has resolved no call or timer of it is left.
 */
export class BlockFollower {
  private readonly options: BlockFollowerOptions;
  private readonly timers = new Set<Timer>();
  /** Depths at the last look. */
  private readonly seenAt = new Map<string, number>();
  private tip: number | null = null;
  private looking: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor(options: BlockFollowerOptions) {
    this.options = options;
  }

  tipChanged(height: number): void {
    this.tip = height;
    this.lookAt(this.options.records().filter((record) => this.isDue(record, height)));
  }

  /** A daemon took it just now. */
  accepted(hash: string): void {
    if (this.isStopped) return;
    for (const delayMs of LOOKS_MS) {
      const timer = this.options.clock.after(delayMs, () => {
        this.timers.delete(timer);
        this.lookAt(this.options.records().filter((record) => record.hash === hash));
      });
      this.timers.add(timer);
    }
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
    await this.looking;
  }

  private isDue({ hash, height, fate }: BlockRecord, tip: number): boolean {
    const depth = tip - height + 1;
    const last = this.seenAt.get(hash);
    // Each is looked at once after a start, so that what became final meanwhile is entered as such.
    if (last === undefined) return fate !== "confirmed" && fate !== "rejected";
    if (last >= FINAL_DEPTH) return false;
    if (fate === "rejected" && depth > CLOSE_DEPTH) return false;
    // A tip that is no higher than before: the chain was reorganised.
    return depth <= last || depth >= FINAL_DEPTH || depth >= last + (last < CLOSE_DEPTH ? 1 : SPARSE_STEP);
  }

  /** One call after the other. */
  private lookAt(records: readonly BlockRecord[]): void {
    if (records.length === 0) return;
    this.looking = this.looking.then(async () => {
      for (const { hash } of records) {
        if (this.isStopped) return;
        await this.look(hash);
      }
    });
  }

  private async look(hash: string): Promise<void> {
    const { getBlockHeader, log, onUnknown } = this.options;
    let confirmations: number | null = null;
    try {
      ({ confirmations } = await getBlockHeader(hash));
    } catch (error) {
      if (!(error instanceof InvalidAddressOrKeyError)) {
        log.debug({ hash, reason: errorMessage(error) }, "a found block could not be looked at");
        return;
      }
    }
    const record = this.options.records().find((candidate) => candidate.hash === hash);
    if (record === undefined || this.isStopped) return;
    const depth = (this.tip ?? record.height) - record.height + 1;
    this.seenAt.set(hash, depth);
    this.enter(record, confirmations, depth);
    if (confirmations === null && depth < FINAL_DEPTH && record.fate !== "rejected") onUnknown(hash);
  }

  /** @param confirmations null: the daemon does not know the block; below 0: it lies beside the best chain. */
  private enter(record: BlockRecord, confirmations: number | null, depth: number): void {
    const { onChange } = this.options;
    const { hash, fate } = record;
    if (confirmations !== null && confirmations >= 0) {
      const isFinal = confirmations >= FINAL_DEPTH;
      if (isFinal) this.seenAt.set(hash, FINAL_DEPTH);
      const news = record.accepted === true ? {} : { accepted: true, reason: "it is in the best chain" };
      onChange(hash, { ...news, confirmations, fate: isFinal ? "confirmed" : "accepted" });
      return;
    }
    // What was refused may be known as a header that leads nowhere.
    const isOut = fate === "accepted" || fate === "confirmed" || (fate === "found" && depth >= FINAL_DEPTH);
    const isLost = isOut && (confirmations !== null || depth >= FINAL_DEPTH);
    if (isLost) onChange(hash, { fate: "orphaned", confirmations: null });
  }
}
