import { spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FAULT = new URL("./slow-disk-fault.js", import.meta.url).href;

/** A place for data whose disk can be slow, and can hang until it is let go. */
export class SlowDisk {
  readonly folder = mkdtempSync(join(tmpdir(), "p2pool-slow-"));
  private readonly pipe = join(this.folder, "pipe");
  private readonly hangs = join(this.folder, "hangs");
  private letting: NodeJS.Timeout | null = null;

  constructor() {
    const { status, stderr } = spawnSync("mkfifo", [this.pipe]);
    if (status !== 0) throw new Error(String(stderr));
  }

  /** Environment of a program whose synced writes take so long, milliseconds. */
  environment(delayMs: number): Record<string, string> {
    return {
      NODE_OPTIONS: `--import=${FAULT}`,
      SLOW_DISK_PIPE: this.pipe,
      SLOW_DISK_HANGS: this.hangs,
      SLOW_DISK_MS: `${delayMs}`,
    };
  }

  /** Synced writes from now on do not end. */
  hang(): void {
    clearInterval(this.letting ?? undefined);
    writeFileSync(this.hangs, "");
  }

  /** What hangs ends now. */
  letGo(): void {
    rmSync(this.hangs, { force: true });
    const open = (): void => {
      try {
        closeSync(openSync(this.pipe, constants.O_WRONLY | constants.O_NONBLOCK));
      } catch (error) {
        // Nobody waits.
        if ((error as NodeJS.ErrnoException).code !== "ENXIO") throw error;
      }
    };
    open();
    // One that had looked just before comes to the pipe later.
    clearInterval(this.letting ?? undefined);
    this.letting = setInterval(open, 50).unref();
  }

  end(): void {
    clearInterval(this.letting ?? undefined);
    rmSync(this.folder, { recursive: true });
  }
}
