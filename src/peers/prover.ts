import { hexToHash } from "../core/bytes.js";
import { Deque } from "../core/deque.js";
import type { PowName } from "../core/hash/index.js";
import type { UnprovenShare } from "../sharechain/index.js";
import { LIMITS } from "./limits.js";
import type { ProvePow } from "./share-source.js";

interface Waiting {
  readonly count: number;
  readonly resolve: () => void;
}

/**
 * Proof-of-work hashes of shares. Where the coin hashes like it names its blocks the hash is known already; elsewhere it is
 * left to a pool of threads, whose queue is bounded: who would fill it waits, and with him his peer (spec/09 §3).
 */
export class Prover {
  private readonly pow: PowName;
  private readonly provePow: ProvePow;
  private readonly asked = new Deque<Waiting>();
  private readonly unasked = new Deque<Waiting>();
  private busy = 0;

  constructor({ pow, provePow }: { readonly pow: PowName; readonly provePow: ProvePow }) {
    this.pow = pow;
    this.provePow = provePow;
  }

  /** Headers that are being hashed or wait in the pool. */
  get size(): number {
    return this.busy;
  }

  /** `isAsked`: shares that we asked for come first. */
  async prove(shares: readonly UnprovenShare[], isAsked: boolean): Promise<readonly Uint8Array[]> {
    if (this.pow === "sha256d") return shares.map(({ id }) => hexToHash(id));
    const headers = shares.map(({ headerBytes }) => headerBytes);
    return this.hash(headers, isAsked);
  }

  /** The same for headers of the coin's blocks. */
  async hash(headers: readonly Uint8Array[], isAsked: boolean): Promise<readonly Uint8Array[]> {
    const count = headers.length;
    if (count === 0) return [];
    if (this.busy > 0 && this.busy + count > LIMITS.provesWaiting) {
      await new Promise<void>((resolve) => (isAsked ? this.asked : this.unasked).pushBack({ count, resolve }));
    } else this.busy += count;
    try {
      return await this.provePow(headers);
    } finally {
      this.busy -= count;
      this.admit();
    }
  }

  private admit(): void {
    for (;;) {
      const queue = this.asked.length > 0 ? this.asked : this.unasked;
      const next = queue.front();
      if (next === undefined || (this.busy > 0 && this.busy + next.count > LIMITS.provesWaiting)) return;
      queue.popFront();
      this.busy += next.count;
      next.resolve();
    }
  }
}
