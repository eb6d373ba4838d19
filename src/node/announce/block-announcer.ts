import type { Random } from "../../core/random.js";
import type { PoolNetwork } from "../../networks/index.js";
import type { Clock, Timer } from "../../platform/clock.js";
import type { PoolBlock } from "../../stats/pool-blocks.js";

export interface BlockAnnouncerOptions {
  readonly network: PoolNetwork;
  readonly clock: Clock;
  readonly random: Random;
  /** Where it is told. */
  readonly channel: { readonly isJoined: boolean; say(text: string): void };
}

/** Mean of the wait until a block is told: of all nodes that would, one comes first, and the others see that it did. */
const MEAN_WAIT_MS = 60_000;
/** Older blocks are no news: this node fetches the chain, for example. */
const NEWS_SECONDS = 600;
/** Messages of the channel that are looked at. */
const REMEMBERED = 100;
const MAX_MESSAGE = 512;
/** Blocks that wait. */
const MAX_WAITING = 20;

/**
 * Tells of the pool's blocks, whoever found them, where many nodes do (spec/08 §14): each after a wait of its own, unless
 * another one was first. While the channel is out of reach a block waits anew, until it is no news any more.
 *
 * Life: nothing happens before the first block; after `stop` no timer is left.
 */
export class BlockAnnouncer {
  private readonly options: BlockAnnouncerOptions;
  private readonly heard: string[] = [];
  private readonly waiting = new Map<string, Timer>();

  constructor(options: BlockAnnouncerOptions) {
    this.options = options;
  }

  /** What anybody said in the channel: looked through for hashes of blocks, nothing else. */
  message(text: string): void {
    this.heard.push(text.slice(0, MAX_MESSAGE));
    if (this.heard.length > REMEMBERED) this.heard.shift();
  }

  /** A block whose share was verified. */
  block(block: Pick<PoolBlock, "finder" | "foundAt" | "hash">): void {
    if (!this.isNews(block) || this.waiting.has(block.hash) || this.waiting.size >= MAX_WAITING) return;
    this.wait(block);
  }

  stop(): void {
    for (const timer of this.waiting.values()) timer.cancel();
    this.waiting.clear();
  }

  private wait(block: Pick<PoolBlock, "finder" | "foundAt" | "hash">): void {
    const { clock, random } = this.options;
    const waitMs = -Math.log(1 - random.uniform()) * MEAN_WAIT_MS;
    const timer = clock.after(waitMs, () => this.due(block));
    this.waiting.set(block.hash, timer);
  }

  private due(block: Pick<PoolBlock, "finder" | "foundAt" | "hash">): void {
    const { network, channel } = this.options;
    const { hash, finder } = block;
    this.waiting.delete(hash);
    if (this.heard.some((text) => text.includes(hash)) || !this.isNews(block)) return;
    if (!channel.isJoined) {
      this.wait(block);
      return;
    }
    // As the Python node has it; the first word is bold.
    const text = `\x02${network.name.toUpperCase()}\x02 BLOCK FOUND by ${finder}! ${network.coin.explorer?.block ?? ""}${hash}`;
    this.message(text);
    channel.say(text);
  }

  private isNews({ foundAt }: Pick<PoolBlock, "foundAt">): boolean {
    return Math.abs(this.options.clock.now() - foundAt) <= NEWS_SECONDS;
  }
}
