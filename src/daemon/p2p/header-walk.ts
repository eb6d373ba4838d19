import { errorMessage } from "../../core/errors.js";
import type { Clock } from "../../platform/clock.js";
import type { Logger } from "../../platform/log.js";
import type { HeaderChain } from "./header-chain.js";
import type { KnownHeader } from "./known-header.js";
import { TIMERS } from "./limits.js";

export interface HeaderWalkOptions {
  readonly chain: HeaderChain;
  readonly request: (hash: string) => Promise<KnownHeader>;
  /** Headers to know below the tip. */
  readonly depth: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Follows the chain of headers back from the tip, one by one over P2P, for daemons whose RPC gives no headers (spec/07 §9.2).
 */
export class HeaderWalk {
  private readonly options: HeaderWalkOptions;
  private isWalking = false;
  private failedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: HeaderWalkOptions) {
    this.options = options;
  }

  /** Resolves when there is nothing more to ask for, or something failed; the next call after a minute tries again. */
  async follow(tip: string): Promise<void> {
    const { chain, request, depth, clock, log } = this.options;
    if (this.isWalking || clock.monotonicMs() - this.failedAtMs < TIMERS.headerAgain) return;
    this.isWalking = true;
    try {
      let hash: string | null = tip;
      for (let known = 0; known < depth && hash !== null; known++) {
        if (!chain.has(hash)) chain.add(await request(hash));
        hash = chain.previous(hash);
      }
    } catch (error) {
      this.failedAtMs = clock.monotonicMs();
      log.debug({ reason: errorMessage(error) }, "the chain of block headers could not be followed back");
    } finally {
      this.isWalking = false;
    }
  }
}
