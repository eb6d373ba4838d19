import { spawn } from "node:child_process";
import { once } from "node:events";
import { errorMessage } from "../../core/errors.js";
import type { Clock } from "../../platform/clock.js";
import type { Logger } from "../../platform/log.js";
import type { PoolBlock } from "../../stats/pool-blocks.js";
import type { NodeEvent } from "../events.js";

export interface BlockNotifyOptions {
  /** A program and its arguments, with placeholders; null for none. */
  readonly command: readonly string[] | null;
  readonly clock: Clock;
  readonly log: Logger;
}

const TIME_LIMIT_MS = 30_000;
/** Older blocks are no news: this node fetches the chain, for example. */
const NEWS_SECONDS = 600;
/** Blocks that wait for the program to end. */
const MAX_WAITING = 20;

/**
 * Runs a program for every block of the pool (spec/08 §14), one at a time and without a shell, so that nothing in a block can
 * be taken for a command. `%h` hash, `%s` hash of its share, `%a` finder's address, `%n` height, `%%` a percent sign.
 *
 * Life: nothing runs before the first block, and nothing after `stop` has resolved.
 */
export class BlockNotify {
  private readonly options: BlockNotifyOptions;
  private readonly ending = new AbortController();
  private readonly waiting: PoolBlock[] = [];
  private work: Promise<void> | null = null;

  constructor(options: BlockNotifyOptions) {
    this.options = options;
  }

  event(event: NodeEvent): void {
    const { command, clock } = this.options;
    if (event.type !== "pool-block" || command === null || this.ending.signal.aborted) return;
    if (Math.abs(clock.now() - event.foundAt) > NEWS_SECONDS || this.waiting.length >= MAX_WAITING) return;
    this.waiting.push(event);
    this.work ??= this.runAll(command).finally(() => {
      this.work = null;
    });
  }

  /** A program that runs is ended. */
  async stop(): Promise<void> {
    this.ending.abort();
    await this.work;
  }

  private async runAll(command: readonly string[]): Promise<void> {
    for (let block = this.waiting.shift(); block !== undefined; block = this.waiting.shift()) {
      if (this.ending.signal.aborted) return;
      await this.run(command.map((word) => fillIn(word, block!)));
    }
  }

  private async run([program, ...args]: readonly string[]): Promise<void> {
    const { clock, log } = this.options;
    const limit = new AbortController();
    const timer = clock.after(TIME_LIMIT_MS, () => limit.abort());
    const signal = AbortSignal.any([this.ending.signal, limit.signal]);
    try {
      // Options may be in the environment, secrets among them: they are no business of this program.
      const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("P2POOL_")));
      const child = spawn(program!, args, { stdio: "ignore", env, signal, killSignal: "SIGKILL" });
      const [code] = (await once(child, "exit")) as [number | null];
      if (code !== 0) log.warn({ program, code }, "the program of --block-notify failed");
    } catch (error) {
      const reason = limit.signal.aborted ? "it took longer than 30 s" : errorMessage(error);
      if (!this.ending.signal.aborted) log.warn({ program, reason }, "the program of --block-notify could not be run");
    } finally {
      timer.cancel();
    }
  }
}

function fillIn(word: string, { hash, finder, height }: PoolBlock): string {
  const values: Readonly<Record<string, string>> = {
    "%h": hash,
    "%s": hash,
    "%a": finder,
    "%n": height === null ? "" : String(height),
    "%%": "%",
  };
  return word.replaceAll(/%[hsan%]/g, (placeholder) => values[placeholder]!);
}
