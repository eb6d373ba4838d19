import { mkdir, readdir } from "node:fs/promises";
import type { ClassicLevel } from "classic-level";
import { errorMessage } from "../core/errors.js";
import type { Logger } from "../platform/log.js";
import type { Database, Entry, ScanSize, Write } from "./database.js";
import { StoreError } from "./errors.js";
import { damagedError, toStoreError } from "./level-errors.js";
import { damagedLogs, putAside } from "./level-log.js";

type Level = ClassicLevel<string, Uint8Array>;

export interface LevelDatabaseOptions {
  readonly directory: string;
  /** What messages call it, if that is not to be the directory. */
  readonly name?: string;
  /**
   * Is told if a log is damaged, which then is put aside beside the directory while what can be read of it counts. Without a
   * log to tell, the database is not opened.
   */
  readonly log?: Logger;
}

/** LevelDB in one directory, which it locks while it is open. Missing directories are created, for their owner only. */
export class LevelDatabase implements Database {
  readonly location: string;
  private readonly directory: string;
  private readonly log: Logger | null;
  private level: Level | null = null;
  private reopening: Promise<Level> | null = null;

  constructor({ directory, name = directory, log }: LevelDatabaseOptions) {
    this.directory = directory;
    this.location = name;
    this.log = log ?? null;
  }

  async open(): Promise<void> {
    await this.attempt(() => mkdir(this.directory, { recursive: true, mode: 0o700 }));
    await this.attempt(() => this.refuseBeheaded());
    await this.attempt(() => this.lookAtLogs());
    this.level = await this.openLevel();
  }

  /**
   * Without the file that names its list of files LevelDB would begin a new database in the folder and delete the tables of
   * the old one. It writes neither table nor log before that file exists.
   */
  private async refuseBeheaded(): Promise<void> {
    const names = await readdir(this.directory);
    if (names.includes("CURRENT") || !names.some(isDatabaseFile)) return;
    throw damagedError(this.location, "CURRENT is missing");
  }

  /** LevelDB takes in what it can read of its logs, and removes them. */
  private async lookAtLogs(): Promise<void> {
    const damaged = await damagedLogs(this.directory);
    if (damaged.length === 0) return;
    if (this.log === null) throw damagedError(this.location, `${damaged.join(", ")} is not what was written`);
    const copies = await putAside(this.directory, damaged, `${this.directory}-damaged`);
    this.log.error(
      `the store in ${this.location} is damaged: ${damaged.join(", ")} is not what was written; what can be read of it is used, and it is kept as ${copies.join(", ")}`,
    );
  }

  /** Before `open`: makes a database of what can be read of the files. What cannot is gone. @throws StoreError */
  async repair(): Promise<void> {
    const { ClassicLevel } = await loadLibrary();
    await this.attempt(() => ClassicLevel.repair(this.directory));
  }

  async write(batch: readonly Write[]): Promise<void> {
    const level = await this.usable();
    const operations = batch.map(({ key, value }) =>
      value === null ? { type: "del" as const, key } : { type: "put" as const, key, value },
    );
    try {
      await level.batch(operations, { sync: true });
    } catch (error) {
      // After a failed append LevelDB's position in its log is not that of the file, and what it appended next would be
      // lost in recovery. Opened anew it recovers first, and goes on in a new log.
      if (this.level === level) this.level = null;
      await level.close().catch(() => undefined);
      throw toStoreError(error, this.location);
    }
  }

  async read(key: string): Promise<Uint8Array | null> {
    const level = await this.usable();
    const value = await this.attempt(() => level.get(key));
    return value === undefined ? null : plain(value);
  }

  async *scan(from: string, to: string, size: ScanSize): AsyncGenerator<readonly Entry[]> {
    const level = await this.usable();
    const range = { gte: from, lt: to, highWaterMarkBytes: size.bytes };
    const iterator = await this.attempt(async () => level.iterator<string, Uint8Array>(range));
    try {
      for (;;) {
        const portion = await this.attempt(() => iterator.nextv(size.count));
        if (portion.length === 0) return;
        yield portion.map(([key, value]): Entry => [key, plain(value)]);
      }
    } finally {
      await iterator.close();
    }
  }

  async close(): Promise<void> {
    await this.reopening?.catch(() => undefined);
    const { level } = this;
    this.level = null;
    if (level !== null) await this.attempt(() => level.close());
  }

  private async usable(): Promise<Level> {
    if (this.level !== null) return this.level;
    this.reopening ??= this.openLevel()
      .then((level) => {
        this.level = level;
        return level;
      })
      .finally(() => {
        this.reopening = null;
      });
    return this.reopening;
  }

  private async openLevel(): Promise<Level> {
    const { ClassicLevel } = await loadLibrary();
    const level = new ClassicLevel<string, Uint8Array>(this.directory, { keyEncoding: "utf8", valueEncoding: "view" });
    await this.attempt(() => level.open());
    return level;
  }

  private async attempt<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw toStoreError(error, this.location);
    }
  }
}

/** Loaded when used: a platform without the native part still runs everything that needs no disk. */
async function loadLibrary(): Promise<typeof import("classic-level")> {
  try {
    return await import("classic-level");
  } catch (error) {
    throw new StoreError(`the database does not run on this platform: ${errorMessage(error)}`, "STORE_UNSUPPORTED", {
      cause: error,
    });
  }
}

/** Whether a file of that name holds records. */
export function isDatabaseFile(name: string): boolean {
  return /^\d+\.(?:ldb|log|sst)$/.test(name);
}

/** The bytes without Buffer's methods, whose `slice` does not copy. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
