import { P2PoolError } from "../../core/errors.js";
import type { Clock, Timer } from "../../platform/clock.js";
import type { KnownHeader } from "./known-header.js";
import { LIMITS, TIMERS } from "./limits.js";

export type HeaderRequestErrorCode =
  /** There is no connection, or it was lost. */
  | "COIN_HEADER_NO_CONNECTION"
  /** No answer: the block is not known there, or the daemon is still downloading. */
  | "COIN_HEADER_TIMEOUT"
  /** As many are asked for as may be. */
  | "COIN_HEADER_BUSY";

export class HeaderRequestError extends P2PoolError<{ code: HeaderRequestErrorCode }> {}

interface Pending {
  readonly promise: Promise<KnownHeader>;
  readonly resolve: (header: KnownHeader) => void;
  readonly reject: (error: HeaderRequestError) => void;
  readonly timer: Timer;
}

/** Headers that the daemon was asked for by their hash; who asks for the same one shares its answer (spec/07 §5.3). */
export class HeaderRequests {
  private readonly clock: Clock;
  private readonly pending = new Map<string, Pending>();

  constructor({ clock }: { readonly clock: Clock }) {
    this.clock = clock;
  }

  /** `send` is called if nobody has asked yet. */
  ask(hash: string, send: () => void): Promise<KnownHeader> {
    const known = this.pending.get(hash);
    if (known !== undefined) return known.promise;
    if (this.pending.size >= LIMITS.headerRequests) {
      return Promise.reject(new HeaderRequestError("too many headers are asked for", { code: "COIN_HEADER_BUSY" }));
    }
    let settle!: Pick<Pending, "reject" | "resolve">;
    const promise = new Promise<KnownHeader>((resolve, reject) => {
      settle = { resolve, reject };
    });
    const timer = this.clock.after(TIMERS.header, () => this.fail(hash, "COIN_HEADER_TIMEOUT", "no answer"));
    this.pending.set(hash, { promise, ...settle, timer });
    send();
    return promise;
  }

  answer(header: KnownHeader): boolean {
    const pending = this.take(header.hash);
    pending?.resolve(header);
    return pending !== undefined;
  }

  /** The connection is gone. */
  failAll(): void {
    for (const hash of [...this.pending.keys()])
      this.fail(hash, "COIN_HEADER_NO_CONNECTION", "the connection was lost");
  }

  private fail(hash: string, code: HeaderRequestErrorCode, reason: string): void {
    this.take(hash)?.reject(new HeaderRequestError(`header ${hash}: ${reason}`, { code }));
  }

  private take(hash: string): Pending | undefined {
    const pending = this.pending.get(hash);
    pending?.timer.cancel();
    this.pending.delete(hash);
    return pending;
  }
}
