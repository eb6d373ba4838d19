import type { BlockHash, Template } from "../bitcoin/template.js";
import { bytesToHex } from "../core/bytes.js";
import { hash256 } from "../core/hash/index.js";
import type { Random } from "../core/random.js";
import type { Clock } from "../platform/clock.js";
import type { FoundBlock } from "../work/solution.js";
import { drawWait } from "./drawn-work.js";

/** Value of a block, satoshi. */
export const SUBSIDY = 312_500_000n;
const GENESIS_HEIGHT = 800_000;

export interface CoinTip {
  readonly hash: BlockHash;
  readonly height: number;
}

export interface PoolBlock {
  readonly foundAtMs: number;
  /** It stood on the coin's tip. */
  readonly isAccepted: boolean;
  readonly block: FoundBlock;
}

/** The coin that the pool mines: blocks of the rest of the world come at random, those of the pool when they are found. */
export class SimCoin {
  readonly blocks: PoolBlock[] = [];
  /** Told of each block of the pool, whether or not it came first. */
  onFound: ((block: FoundBlock) => void) | null = null;
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly meanMs: number;
  private readonly heights = new Map<string, number>();
  private readonly listeners: ((tip: CoinTip) => void)[] = [];
  private current: CoinTip;

  constructor(clock: Clock, random: Random, coinSeconds: number) {
    this.clock = clock;
    this.random = random;
    this.meanMs = 1000 * coinSeconds;
    this.current = { hash: hashOf(GENESIS_HEIGHT), height: GENESIS_HEIGHT };
    this.heights.set(this.current.hash, GENESIS_HEIGHT);
  }

  get tip(): CoinTip {
    return this.current;
  }

  start(): void {
    this.clock.after(drawWait(this.meanMs, this.random), () => {
      this.advance(hashOf(this.current.height + 1));
      this.start();
    });
  }

  /** Calls when there is another tip. */
  subscribe(listener: (tip: CoinTip) => void): void {
    this.listeners.push(listener);
  }

  /** Undefined for a block that nobody has heard of. */
  height(hash: string): number | undefined {
    return this.heights.get(hash);
  }

  /** A block of the pool; it counts if it came first. */
  submit(block: FoundBlock): void {
    this.onFound?.(block);
    const isAccepted = block.previousBlock === this.current.hash;
    this.blocks.push({ foundAtMs: this.clock.monotonicMs(), isAccepted, block });
    if (isAccepted) this.advance(block.hash);
  }

  private advance(hash: BlockHash): void {
    this.current = { hash, height: this.current.height + 1 };
    this.heights.set(hash, this.current.height);
    for (const listener of this.listeners) listener(this.current);
  }
}

function hashOf(height: number): BlockHash {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, height);
  return bytesToHex(hash256(bytes)) as BlockHash;
}

/** What a daemon on this tip proposes. `now`: seconds since 1970. */
export function templateOn(tip: CoinTip, bits: number, now: number): Template {
  return {
    previousBlock: tip.hash,
    height: tip.height + 1,
    bits,
    version: 0x20000000,
    requiredVersionBits: 0,
    minTime: Math.floor(now) - 3600,
    time: Math.floor(now),
    subsidy: SUBSIDY,
    transactions: [],
    coinbaseFlags: new Uint8Array(0),
    rules: [],
    mweb: null,
    receivedAt: now,
  };
}
