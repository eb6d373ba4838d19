import { hashToHex } from "../core/bytes.js";
import { hash256 } from "../core/hash/index.js";
import type { Clock } from "../platform/clock.js";
import { LIMITS, TIMERS } from "./limits.js";

/** Hash (display form, of the full serialisation) and bytes. */
export type Transactions = ReadonlyMap<string, Uint8Array>;

/** Name of a transaction in this protocol: of everything, witness included (spec/06 §3). */
export function transactionKey(raw: Uint8Array): string {
  return hashToHex(hash256(raw));
}

/**
 * Transactions that shares below version 34 may refer to (spec/06 §8.3): those of the template, those the daemon relays, and
 * those that peers made us hold.
 */
export class TransactionPool {
  private readonly clock: Clock;
  private readonly known = new Map<string, Uint8Array>();
  private readonly dropped = new Map<string, { readonly raw: Uint8Array; readonly untilMs: number }>();
  private bytes = 0;
  mining: Transactions = new Map();
  /** Of the template before, which miners may still work on. */
  private before: Transactions = new Map();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get size(): number {
    return this.known.size;
  }

  hashes(): string[] {
    return [...this.known.keys()];
  }

  get(hash: string): Uint8Array | undefined {
    return this.known.get(hash);
  }

  /** Known, or dropped so recently that somebody may refer to it without knowing. */
  find(hash: string): Uint8Array | undefined {
    const raw = this.known.get(hash);
    if (raw !== undefined) return raw;
    const dropped = this.dropped.get(hash);
    return dropped !== undefined && dropped.untilMs > this.clock.monotonicMs() ? dropped.raw : undefined;
  }

  /** Adds what is new; returns its hashes. At the bound nothing is added but the template. */
  add(transactions: Iterable<readonly [string, Uint8Array]>, isOwn = false): string[] {
    const added: string[] = [];
    for (const [hash, raw] of transactions) {
      if (this.known.has(hash) || (!isOwn && this.bytes + raw.length > LIMITS.knownBytes)) continue;
      this.known.set(hash, raw);
      this.bytes += raw.length;
      added.push(hash);
    }
    return added;
  }

  setMining(transactions: Transactions): void {
    this.before = this.mining;
    this.mining = transactions;
  }

  /** Drops everything but the template's and what `keep` says; returns the hashes that are gone. */
  retain(keep: ReadonlySet<string>): string[] {
    const nowMs = this.clock.monotonicMs();
    for (const [hash, { untilMs }] of this.dropped) if (untilMs <= nowMs) this.dropped.delete(hash);
    const lost: string[] = [];
    for (const [hash, raw] of this.known) {
      if (keep.has(hash) || this.mining.has(hash) || this.before.has(hash)) continue;
      this.known.delete(hash);
      this.bytes -= raw.length;
      this.dropped.set(hash, { raw, untilMs: nowMs + TIMERS.droppedTransactions });
      lost.push(hash);
    }
    return lost;
  }
}
