import { errorMessage } from "../core/errors.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import type { HeaderChain } from "./p2p/header-chain.js";
import { InvalidAddressOrKeyError, MethodNotFoundError, type RpcBlockHeader } from "./rpc/index.js";

export interface BlockHeightsOptions {
  /** Asks the daemon for a header. */
  readonly getBlockHeader: (hash: string) => Promise<Pick<RpcBlockHeader, "height">>;
  /** Headers that came by P2P: what they tell is not asked for. */
  readonly headers?: HeaderChain;
  /** Fetches headers by P2P from the tip down, for a daemon whose RPC gives none (spec/07 §9.2). */
  readonly followHeaders?: (tip: string) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Bounds; shares name blocks, so strangers decide what is asked for. */
const LIMITS = {
  /** Heights remembered; the oldest answer goes first. */
  cached: 100_000,
  /** Look-ups waiting; further ones are not queued and asked again when next needed. */
  queued: 1_000,
  /** Failures remembered. */
  failures: 10_000,
} as const;
/** Pause before a block that the daemon does not know is asked for again. */
const RETRY_SECONDS = 10;
/** What a block of unknown height counts as, relative to the tip: very old (spec/07 §9.1). */
const UNKNOWN_RELATIVE_HEIGHT = -1_000_000_000;

/**
 * Heights of the coin's blocks by hash (spec/07 §9). Answers at once with what is known; what is not is fetched, one call
 * at a time, and known later.
 */
export class BlockHeights {
  private readonly options: BlockHeightsOptions;
  private readonly heights = new Map<string, number>();
  private readonly failedAt = new Map<string, number>();
  private readonly queue = new Set<string>();
  private working = false;
  private tip = 0;
  private tipHash = "";

  constructor(options: BlockHeightsOptions) {
    this.options = options;
  }

  /** The daemon's tip, as its template tells. */
  setTip(hash: string, height: number): void {
    this.tip = height;
    this.tipHash = hash;
    this.remember(hash, height);
  }

  /** 0 while unknown. */
  height(hash: string): number {
    return this.lookUp(hash) ?? 0;
  }

  /** Height minus the tip's. */
  relativeHeight(hash: string): number {
    const height = this.lookUp(hash);
    return height === null ? UNKNOWN_RELATIVE_HEIGHT : height - this.tip;
  }

  private lookUp(hash: string): number | null {
    const known = this.heights.get(hash) ?? this.options.headers?.height(hash) ?? undefined;
    if (known !== undefined) return known;
    const failedAt = this.failedAt.get(hash);
    const mayAsk = failedAt === undefined || failedAt + RETRY_SECONDS < this.options.clock.now();
    if (hash !== "" && mayAsk && this.queue.size < LIMITS.queued) {
      this.queue.add(hash);
      void this.work();
    }
    return null;
  }

  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    const { getBlockHeader, clock, log } = this.options;
    for (const hash of this.queue) {
      try {
        this.remember(hash, (await getBlockHeader(hash)).height);
        this.failedAt.delete(hash);
      } catch (error) {
        if (this.failedAt.size >= LIMITS.failures) this.failedAt.clear();
        this.failedAt.set(hash, clock.now());
        // The answer is for the next look-up: a walk of thousands of headers takes its time.
        if (error instanceof MethodNotFoundError) void this.options.followHeaders?.(this.tipHash);
        if (!(error instanceof InvalidAddressOrKeyError))
          log.debug({ hash, error: errorMessage(error) }, "no block height");
      }
      this.queue.delete(hash);
    }
    this.working = false;
  }

  private remember(hash: string, height: number): void {
    if (this.heights.size >= LIMITS.cached) {
      const oldest = this.heights.keys().next();
      if (!oldest.done) this.heights.delete(oldest.value);
    }
    this.heights.set(hash, height);
    this.options.headers?.setHeight(hash, height);
  }
}
