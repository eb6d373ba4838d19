const WIDTH = 30;
const REDRAW_MS = 100;

/** A bar on standard error, if that is a terminal; nothing otherwise. */
export class ProgressBar {
  private readonly isShown = process.stderr.isTTY === true;
  private drawnAtMs = Number.NEGATIVE_INFINITY;

  /** `part`: 0 to 1. */
  show(what: string, part: number): void {
    if (!this.isShown || performance.now() - this.drawnAtMs < REDRAW_MS) return;
    this.drawnAtMs = performance.now();
    const filled = Math.round(Math.min(1, Math.max(0, part)) * WIDTH);
    const bar = "█".repeat(filled) + "░".repeat(WIDTH - filled);
    process.stderr.write(`\r\x1b[K${what.padEnd(10)} ${bar} ${Math.floor(part * 100)} %`);
  }

  clear(): void {
    if (this.isShown) process.stderr.write("\r\x1b[K");
  }
}
