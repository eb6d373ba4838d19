import { type BlockHeader, blockHash, encodeBlockHeader } from "../bitcoin/block.js";
import { type Coin, subsidyAtHeight } from "../bitcoin/coin.js";
import type { BlockHash, Template } from "../bitcoin/template.js";
import { bitsToTargetBytes } from "../core/compact.js";
import { hashMeetsTarget, powHash } from "../core/hash/index.js";
import type { WorkEvent } from "./job.js";

/** How long work goes on ahead of the daemon: it may have refused the block, or the block may be withheld (spec/10 §4). */
const AHEAD_SECONDS = 15;
/** Furthest that a block's time may lie ahead of the clock, seconds. */
const MAX_FUTURE_SECONDS = 7200;
/** Version of blocks made ahead of the daemon: the one in the header may be rolled. */
const AHEAD_VERSION = 0x20000000;

interface Ahead {
  readonly header: BlockHeader;
  readonly hash: BlockHash;
  readonly since: number;
}

/**
 * What to build on now (spec/10 §4): the daemon's template, or, as soon as the header of the next block is known and until
 * the daemon has followed, an empty block on top of that.
 */
export class CurrentWork {
  private readonly coin: Coin;
  private daemonTemplate: Template | null = null;
  private ahead: Ahead | null = null;
  private effective: Template | null = null;

  constructor(coin: Coin) {
    this.coin = coin;
  }

  /** What jobs are made of. */
  get template(): Template | null {
    return this.effective;
  }

  /** The daemon's own. */
  get daemon(): Template | null {
    return this.daemonTemplate;
  }

  /** `now` in seconds. Returns what kind of event that is, null for none (spec/10 §5). */
  setTemplate(template: Template, now: number): WorkEvent["reason"] | null {
    this.daemonTemplate = template;
    return this.update(now);
  }

  /** The newest header that is known of the coin's chain, from whomever; its proof of work is checked here. */
  setHeader(header: BlockHeader, now: number): WorkEvent["reason"] | null {
    const bytes = encodeBlockHeader(header);
    const hash = blockHash(bytes);
    const template = this.daemonTemplate;
    if (template === null || this.ahead?.hash === hash || !this.mayFollow(header, template, now)) return null;
    if (!hashMeetsTarget(powHash(this.coin.pow, bytes), bitsToTargetBytes(template.bits))) return null;
    this.ahead = { header, hash, since: now };
    return this.update(now);
  }

  /** Only where the block after the header can be told without the daemon. */
  private mayFollow(header: BlockHeader, template: Template, now: number): boolean {
    const { retargetInterval } = this.coin;
    return (
      header.previousBlock === template.previousBlock &&
      header.bits === template.bits &&
      header.timestamp <= now + MAX_FUTURE_SECONDS &&
      retargetInterval !== null &&
      (template.height + 1) % retargetInterval !== 0 &&
      // Every block has to carry the extension block's state, which only the daemon knows.
      template.mweb === null
    );
  }

  private update(now: number): WorkEvent["reason"] | null {
    const before = this.effective;
    const template = this.daemonTemplate;
    if (template === null) return null;
    const { ahead } = this;
    const isAhead =
      ahead !== null && ahead.header.previousBlock === template.previousBlock && now < ahead.since + AHEAD_SECONDS;
    const next = isAhead ? this.onTopOf(ahead, template, now) : template;
    this.effective = next;
    if (before === null || before.previousBlock !== next.previousBlock || before.bits !== next.bits) return "block";
    const isFuller = before.transactions.length === 0 && next.transactions.length > 0;
    return before.version !== next.version || isFuller ? "refresh" : null;
  }

  private onTopOf({ hash, header }: Ahead, template: Template, now: number): Template {
    const height = template.height + 1;
    const time = Math.max(Math.round(now), header.timestamp + 1);
    return {
      ...template,
      version: AHEAD_VERSION | template.requiredVersionBits,
      previousBlock: hash,
      height,
      time,
      minTime: time,
      subsidy: subsidyAtHeight(this.coin, height),
      transactions: [],
      coinbaseFlags: new Uint8Array(0),
    };
  }
}
