import { closeSync, mkdirSync, openSync } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { errorMessage, P2PoolError } from "../core/errors.js";
import type { Clock, Timer } from "./clock.js";

export class LogFileError extends P2PoolError<{ readonly code: "LOG_FILE"; readonly path: string }> {}

export interface RotatingFileOptions {
  readonly path: string;
  /** At which a file is put aside as `path.1`. */
  readonly maxBytes: number;
  /** Files put aside that stay. */
  readonly keep: number;
  readonly clock: Clock;
  /** Writing began to fail, or works again (null). */
  readonly onTrouble: (reason: string | null) => void;
}

/** How often the file is looked at: somebody else may have put it aside (spec/13 §7). */
const LOOK_MS = 5_000;
/** Characters that wait for a slow disk; what comes then is counted and left out. */
const MAX_WAITING = 1_000_000;

/**
 * A text file that lines are appended to, without the event loop waiting for the disk. Put aside when it is full; opened
 * again when somebody else has put it aside.
 *
 * Life: `start` creates it; after `stop` has resolved all lines are written, as far as the disk takes them.
 */
export class RotatingFile {
  private readonly options: RotatingFileOptions;
  private readonly waiting: string[] = [];
  private waitingLength = 0;
  private leftOut = 0;
  private handle: FileHandle | null = null;
  private size = 0;
  private isFailing = false;
  private writing: Promise<void> | null = null;
  private timer: Timer | null = null;

  constructor(options: RotatingFileOptions) {
    this.options = options;
  }

  /** @throws LogFileError if it cannot be written to */
  start(): void {
    const { path, clock } = this.options;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      closeSync(openSync(path, "a", 0o640));
    } catch (error) {
      throw new LogFileError(
        `cannot write to ${path}: ${errorMessage(error)}`,
        { code: "LOG_FILE", path },
        { cause: error },
      );
    }
    this.timer = clock.every(LOOK_MS, () => this.schedule(true));
  }

  /** `line` without its end. */
  write(line: string): void {
    if (this.waitingLength + line.length > MAX_WAITING) {
      this.leftOut++;
      return;
    }
    if (this.leftOut > 0) {
      const note = `${this.leftOut} lines left out: the disk is too slow`;
      this.leftOut = 0;
      this.push(note);
    }
    this.push(line);
    this.schedule(false);
  }

  /** Looks now whether it was put aside. */
  reopen(): void {
    this.schedule(true);
  }

  async stop(): Promise<void> {
    this.timer?.cancel();
    while (this.writing !== null) await this.writing;
    if (this.waiting.length > 0) await this.writeAll(false);
    await this.close();
  }

  private push(line: string): void {
    this.waiting.push(line);
    this.waitingLength += line.length;
  }

  private schedule(mustLook: boolean): void {
    if (this.writing !== null) return;
    this.writing = this.writeAll(mustLook).finally(() => {
      this.writing = null;
      // What came meanwhile; while the disk refuses, the timer tries again.
      if (this.waiting.length > 0 && !this.isFailing) this.schedule(false);
    });
  }

  private async writeAll(mustLook: boolean): Promise<void> {
    const { path, maxBytes, onTrouble } = this.options;
    const lines = this.waiting;
    try {
      if (mustLook && this.handle !== null && (await isReplaced(this.handle, path))) await this.close();
      if (lines.length === 0) return;
      const handle = this.handle ?? (await this.open());
      const text = `${lines.join("\n")}\n`;
      const count = lines.length;
      await handle.appendFile(text);
      // More may have come meanwhile.
      for (const line of lines.splice(0, count)) this.waitingLength -= line.length;
      this.size += Buffer.byteLength(text);
      if (this.size >= maxBytes) await this.putAside();
      if (this.isFailing) onTrouble(null);
      this.isFailing = false;
    } catch (error) {
      if (!this.isFailing) onTrouble(errorMessage(error));
      this.isFailing = true;
      await this.close();
    }
  }

  private async open(): Promise<FileHandle> {
    this.handle = await open(this.options.path, "a", 0o640);
    this.size = (await this.handle.stat()).size;
    return this.handle;
  }

  private async putAside(): Promise<void> {
    const { path, keep } = this.options;
    await this.close();
    if (keep === 0) {
      await rm(path, { force: true });
      return;
    }
    for (let i = keep - 1; i >= 1; i--) await rename(`${path}.${i}`, `${path}.${i + 1}`).catch(ignoreMissing);
    await rename(path, `${path}.1`);
  }

  private async close(): Promise<void> {
    const { handle } = this;
    this.handle = null;
    await handle?.close().catch(() => {});
  }
}

async function isReplaced(handle: FileHandle, path: string): Promise<boolean> {
  const [own, there] = await Promise.all([handle.stat(), stat(path).catch(() => null)]);
  return there === null || there.ino !== own.ino || there.dev !== own.dev;
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
