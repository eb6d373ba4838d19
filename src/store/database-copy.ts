import { copyFile, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database, Entry, ScanSize, Write } from "./database.js";
import { StoreError } from "./errors.js";
import { isDatabaseFile, LevelDatabase } from "./level-database.js";
import { toStoreError } from "./level-errors.js";

/** Names which of the MANIFEST files counts. */
const CURRENT = "CURRENT";
/** A node at work changes its set of files now and then; in between a copy takes less than a second. */
const ATTEMPTS = 20;

/**
 * The database in a directory as it is now, read without changing it: in a temporary copy, so that it may be on a disk that
 * cannot be written, and in use by a node that goes on writing. What is written goes into the copy, which is removed at the
 * end.
 */
export class DatabaseCopy implements Database {
  readonly location: string;
  private readonly salvage: boolean;
  private copy: LevelDatabase | null = null;
  private folder: string | null = null;

  /** `salvage`: if it is damaged, what can be read of it; each table and log by itself. */
  constructor({ directory, salvage = false }: { directory: string; salvage?: boolean }) {
    this.location = directory;
    this.salvage = salvage;
  }

  async open(): Promise<void> {
    try {
      this.folder = await mkdtemp(join(tmpdir(), "p2pool-copy-"));
      await copyConsistently(this.location, this.folder);
      const copy = new LevelDatabase({ directory: this.folder, name: this.location });
      if (this.salvage) await copy.repair();
      await copy.open();
      this.copy = copy;
    } catch (error) {
      await this.removeFolder();
      throw toStoreError(error, this.location);
    }
  }

  write(batch: readonly Write[]): Promise<void> {
    return this.opened.write(batch);
  }

  read(key: string): Promise<Uint8Array | null> {
    return this.opened.read(key);
  }

  scan(from: string, to: string, size: ScanSize): AsyncGenerator<readonly Entry[]> {
    return this.opened.scan(from, to, size);
  }

  async close(): Promise<void> {
    try {
      await this.copy?.close();
    } finally {
      await this.removeFolder();
    }
  }

  private get opened(): LevelDatabase {
    if (this.copy === null) throw new StoreError("the copy of the store is not open", "STORE_NOT_STARTED");
    return this.copy;
  }

  private async removeFolder(): Promise<void> {
    if (this.folder !== null) await rm(this.folder, { recursive: true, force: true });
    this.folder = null;
  }
}

/**
 * LevelDB enters every change of its set of files at the end of the MANIFEST before it deletes a file: if that has not grown
 * meanwhile, nothing that it names is missing. Its logs grow at the end only, and a record that is cut off counts as not
 * written.
 */
async function copyConsistently(from: string, to: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = await manifestState(from);
    if (before === null) throw new StoreError(`there is no store in ${from}`, "STORE_MISSING");
    if ((await copyFiles(from, to)) && (await manifestState(from)) === before) return;
    for (const name of await readdir(to)) await rm(join(to, name));
  }
  throw new StoreError(`the store in ${from} changes too fast to be read; try again`, "STORE_IO");
}

/** Null where there is no database, not even a damaged one. */
async function manifestState(directory: string): Promise<string | null> {
  try {
    const name = (await readFile(join(directory, CURRENT), "utf8")).trim();
    const { size } = await stat(join(directory, name)).catch(unlessMissing({ size: -1 }));
    return `${name} ${size}`;
  } catch (error) {
    const names = await readdir(directory).catch(unlessMissing([]));
    return names.some(isDatabaseFile) ? unlessMissing("without CURRENT")(error) : unlessMissing(null)(error);
  }
}

/** False if a file went away meanwhile. */
async function copyFiles(from: string, to: string): Promise<boolean> {
  // The lock is the other process's, and what LevelDB says of its doings is of no use here.
  const names = (await readdir(from)).filter((name) => !/^LO(?:CK|G(?:\.old)?)$/.test(name));
  try {
    // A file of tables or of the log may not be older than the MANIFEST.
    for (const name of names.sort((a, b) => rank(a) - rank(b))) await copyFile(join(from, name), join(to, name));
    return true;
  } catch (error) {
    return unlessMissing(false)(error);
  }
}

function rank(name: string): number {
  return name === CURRENT ? 0 : name.startsWith("MANIFEST") ? 1 : 2;
}

function unlessMissing<T>(value: T): (error: unknown) => T {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return value;
    throw error;
  };
}
