import type { Logger } from "../platform/log.js";
import type { Database } from "./database.js";
import type { StoreLimits } from "./limits.js";
import { sealJson, unsealJson } from "./seal.js";
import type { WriteQueue } from "./write-queue.js";

export interface BinStoreOptions {
  readonly database: Database;
  readonly queue: WriteQueue;
  readonly log: Logger;
  readonly limits: StoreLimits;
  /** Throws unless the store is open. */
  readonly requireOpen: () => void;
}

/** A bin of the history: the sum of its values and their number, by key. */
type Bin = ReadonlyMap<string, readonly [total: number, count: number]>;

export interface KeptBin {
  readonly stream: string;
  readonly view: string;
  /** Seconds since 1970. */
  readonly end: number;
  readonly bin: Bin;
}

/** `h`, stream, view, and the end of the bin with leading zeros: bins of a view are in order. */
const KEY = /^h([a-z0-9_]+)\.([a-z0-9_]+)\.(\d{12})$/;
const DIGITS = 12;

/** The history's bins, each a record of its own, so that only those that changed are written (spec/12 B.4). */
export class BinStore {
  private readonly options: BinStoreOptions;

  constructor(options: BinStoreOptions) {
    this.options = options;
  }

  /** Newest first within a view. Damaged records are left out, logged and removed. @throws StoreError */
  async load(): Promise<readonly KeptBin[]> {
    const { database, queue, limits, log, requireOpen } = this.options;
    requireOpen();
    await queue.flush();
    const found: KeptBin[] = [];
    let damaged = 0;
    for await (const portion of database.scan("h", "i", { count: limits.scanCount, bytes: limits.scanBytes })) {
      for (const [key, value] of portion) {
        const bin = readBin(key, value);
        if (bin !== null) found.push(bin);
        else {
          damaged++;
          queue.remove(key);
        }
      }
      requireOpen();
    }
    if (damaged > 0) log.warn(`${damaged} damaged records of the history in ${database.location} dropped`);
    return found.reverse();
  }

  /** To be written soon; null removes it. */
  put(stream: string, view: string, end: number, bin: Bin | null): void {
    const { queue, limits, requireOpen } = this.options;
    requireOpen();
    const key = `h${stream}.${view}.${Math.round(end).toString().padStart(DIGITS, "0")}`;
    if (bin === null) queue.remove(key);
    else queue.put(key, sealJson(key, Object.fromEntries(bin), limits.recordBytes));
  }
}

function readBin(key: string, value: Uint8Array): KeptBin | null {
  const match = KEY.exec(key);
  const content = match === null ? undefined : unsealJson(key, value);
  if (match === null || typeof content !== "object" || content === null) return null;
  const entries = Object.entries(content) as [string, unknown][];
  if (!entries.every((entry): entry is [string, [number, number]] => isTally(entry[1]))) return null;
  const [, stream, view, end] = match;
  return { stream: stream!, view: view!, end: Number(end), bin: new Map(entries as [string, [number, number]][]) };
}

function isTally(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "number");
}
