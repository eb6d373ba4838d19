import type { Logger } from "../platform/log.js";
import type { StoreLimits } from "./limits.js";
import { sealJson, unsealJson } from "./seal.js";
import type { WriteQueue } from "./write-queue.js";

export interface RecordStoreOptions {
  readonly queue: WriteQueue;
  readonly log: Logger;
  readonly limits: StoreLimits;
  /** Throws unless the store is open. */
  readonly requireOpen: () => void;
}

const recordKey = (name: string): string => `r${name}`;

/** Small things by name, each as JSON and replaced as a whole: peer addresses, sets of own shares, and the like. */
export class RecordStore {
  private readonly options: RecordStoreOptions;

  constructor(options: RecordStoreOptions) {
    this.options = options;
  }

  /**
   * Null if there is none. A damaged one is logged and counts as none (spec/08 §6.3). What is in it is for the caller to
   * check. @throws StoreError
   */
  async load(name: string): Promise<unknown> {
    this.options.requireOpen();
    const key = recordKey(name);
    const sealed = await this.options.queue.read(key);
    if (sealed === null) return null;
    const value = unsealJson(key, sealed);
    if (value !== undefined) return value;
    this.options.log.warn(`the stored ${name} are damaged and not used`);
    return null;
  }

  /** Durable when it resolves. @throws StoreError */
  async save(name: string, value: unknown): Promise<void> {
    this.options.requireOpen();
    const { queue, limits } = this.options;
    const key = recordKey(name);
    queue.put(key, sealJson(key, value, limits.recordBytes));
    await queue.flush();
  }

  async remove(name: string): Promise<void> {
    this.options.requireOpen();
    this.options.queue.remove(recordKey(name));
    await this.options.queue.flush();
  }
}
