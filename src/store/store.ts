import type { PoolNetwork } from "../networks/index.js";
import { type Clock, sleep } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { BinStore } from "./bin-store.js";
import { BLOCK_KEYS, BlockStore } from "./block-store.js";
import type { Database } from "./database.js";
import { StoreError } from "./errors.js";
import { LIMITS, type StoreLimits } from "./limits.js";
import { RecordStore } from "./record-store.js";
import { type Migration, prepareSchema } from "./schema.js";
import { ShareStore } from "./share-store.js";
import { WriteQueue } from "./write-queue.js";

/** How often a successor looks whether the process before it has ended. */
const LOCK_RETRY_MS = 200;

export interface StoreOptions {
  /** `LevelDatabase` of the network's own directory, or `MemoryDatabase`. */
  readonly database: Database;
  readonly network: Pick<PoolNetwork, "identifier" | "name">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits?: StoreLimits;
  readonly migrations?: readonly Migration[];
}

/**
 * Everything that a node of one network keeps: shares, found blocks, small records and the bins of the history (spec/05). What a call says is durable
 * survives the end of the process and of the machine at any moment; the rest is durable within about a second.
 *
 * Life: nothing is touched before `start`, which opens the database and checks that it is ours; if it fails, nothing is
 * left open. `stop` lets go of the tracker, writes what waits and closes. Calls before `start` has resolved and after
 * `stop` fail with a StoreError, and so does a `load` that is under way then. Not to be started again.
 */
export class Store {
  readonly shares: ShareStore;
  readonly blocks: BlockStore;
  /** Found blocks of chains that are mined along. */
  readonly mergedBlocks: BlockStore;
  readonly records: RecordStore;
  readonly bins: BinStore;
  private readonly options: StoreOptions;
  private readonly queue: WriteQueue;
  private state: "new" | "open" | "stopped" = "new";

  constructor(options: StoreOptions) {
    this.options = options;
    const { database, clock, log, limits = LIMITS } = options;
    this.queue = new WriteQueue({ database, clock, log, limits });
    const modules = { database, queue: this.queue, log, limits, requireOpen: () => this.requireOpen() };
    this.shares = new ShareStore(modules);
    this.blocks = new BlockStore(modules);
    this.mergedBlocks = new BlockStore({ ...modules, keys: BLOCK_KEYS.merged });
    this.records = new RecordStore(modules);
    this.bins = new BinStore(modules);
  }

  /** Why nothing is being written at present, such as a full disk; null if all is well. */
  get failure(): StoreError | null {
    return this.queue.failure;
  }

  /** Seconds that the disk has been silent about what was written to it; 0 if nothing is. */
  get slowSeconds(): number {
    return this.queue.slowSeconds;
  }

  /** Writes that are not on disk yet. */
  get waitingWrites(): number {
    return this.queue.length;
  }

  /** @throws StoreError */
  async start(): Promise<void> {
    const { database, network, migrations } = this.options;
    if (this.state !== "new") throw new StoreError("the store was started before", "STORE_STOPPED");
    await database.open();
    try {
      await prepareSchema(database, network, migrations);
      await this.blocks.start();
      await this.mergedBlocks.start();
      this.state = "open";
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /**
   * The same, but waits while another process has the data (spec/13 §6): for a seamless upgrade. `onWait` is called once if
   * there is somebody to wait for. False when the signal was aborted first. @throws StoreError
   */
  async startWhenFree(signal: AbortSignal, onWait: () => void): Promise<boolean> {
    for (let isWaiting = false; !signal.aborted; isWaiting = true) {
      try {
        await this.start();
        return true;
      } catch (error) {
        if (!(error instanceof StoreError) || error.code !== "STORE_LOCKED") throw error;
        if (!isWaiting) onWait();
        await sleep(this.options.clock, LOCK_RETRY_MS, signal);
      }
    }
    return false;
  }

  get isOpen(): boolean {
    return this.state === "open";
  }

  /** Everything handed over so far is durable when it resolves. @throws StoreError */
  async flush(): Promise<void> {
    this.requireOpen();
    await this.queue.flush();
  }

  /** @throws StoreError if the last writes failed; the database is closed all the same */
  async stop(): Promise<void> {
    if (this.state !== "open") {
      this.state = "stopped";
      return;
    }
    this.state = "stopped";
    this.shares.stop();
    try {
      await this.queue.stop();
    } finally {
      await this.options.database.close();
    }
  }

  private requireOpen(): void {
    if (this.state === "open") return;
    const [text, code] =
      this.state === "new"
        ? (["the store has not been started", "STORE_NOT_STARTED"] as const)
        : (["the store was stopped", "STORE_STOPPED"] as const);
    throw new StoreError(text, code);
  }
}
