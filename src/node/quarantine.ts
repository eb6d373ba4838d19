import { join } from "node:path";
import { bytesToHex } from "../core/bytes.js";
import { errorMessage } from "../core/errors.js";
import type { Clock } from "../platform/clock.js";
import { namesIn, writeWhole } from "../platform/files.js";
import type { Logger } from "../platform/log.js";
import type { Share } from "../sharechain/share.js";

export interface QuarantineOptions {
  /** One JSON file for each share. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Files kept; further shares are only logged. */
const MAX_FILES = 100;

/**
 * Shares that several peers believe in and that do not verify here: written down, so that somebody can find out who is wrong
 * (spec/09 §4).
 */
export class Quarantine {
  private readonly options: QuarantineOptions;
  private last: Promise<void> = Promise.resolve();

  constructor(options: QuarantineOptions) {
    this.options = options;
  }

  /** `ancestors`: ids, the parent first. Resolves when it is on disk, or could not be written, which is logged. */
  add(share: Share, ancestors: readonly string[]): Promise<void> {
    this.last = this.last.then(() => this.write(share, ancestors));
    return this.last;
  }

  private async write({ id, version, raw }: Share, ancestors: readonly string[]): Promise<void> {
    const { directory, clock, log } = this.options;
    try {
      if ((await namesIn(directory)).length >= MAX_FILES) return;
      const at = Math.floor(clock.now());
      const file = join(directory, `${id}.json`);
      await writeWhole(file, `${JSON.stringify({ id, version, at, raw: bytesToHex(raw), ancestors })}\n`);
      log.warn({ share: id, file }, "a share that several peers believe in was written down");
    } catch (error) {
      log.error({ share: id, reason: errorMessage(error) }, "a share could not be put into quarantine");
    }
  }
}
