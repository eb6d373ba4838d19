import { type BlockHash, type BlockHeader, blockHeader } from "../../bitcoin/block.js";
import { INVENTORY } from "../../bitcoin/coin-messages.js";
import { BoundedMap } from "../../core/bounded.js";
import { Reader } from "../../core/codec.js";
import type { Clock } from "../../platform/clock.js";
import type { CoinConnection } from "./coin-connection.js";
import { LIMITS, TIMERS } from "./limits.js";

export interface OwnBlock {
  readonly hash: BlockHash;
  /** As daemons take it. */
  readonly raw: Uint8Array;
}

/** Witness forms of an inventory type. */
const FLAG_WITNESS = 0x40000000;
/** Ends the connection on a block that it did not ask for. */
const TAKES_NO_GIFTS = /^\/bcoin:/;

/**
 * Blocks of ours on their way to the daemon by P2P (spec/07 §11.2): sent at once and unasked, since every question would cost
 * time, and again on a connection that is made while they may not have arrived. A daemon that drops who sends unasked is
 * told of the block and may fetch it.
 */
export class OwnBlocks {
  private readonly clock: Clock;
  private readonly blocks = new BoundedMap<string, { readonly block: OwnBlock; readonly atMs: number }>(
    LIMITS.ownBlocks,
  );

  /** How often each connection has got each block that it asked for. */
  private readonly given = new WeakMap<CoinConnection, Map<string, number>>();

  constructor({ clock }: { readonly clock: Clock }) {
    this.clock = clock;
  }

  /** True if it was given to a connection. */
  send(block: OwnBlock, connection: CoinConnection | null): boolean {
    this.blocks.set(block.hash, { block, atMs: this.clock.monotonicMs() });
    return connection !== null && offer(block, connection);
  }

  has(hash: string): boolean {
    return this.blocks.has(hash);
  }

  /** The daemon has it, or has refused it for good: it needs not be sent again. */
  settled(hash: string): void {
    this.blocks.delete(hash);
  }

  /** On a new connection. */
  sendAgain(connection: CoinConnection): void {
    const nowMs = this.clock.monotonicMs();
    for (const [hash, { block, atMs }] of [...this.blocks]) {
      if (nowMs - atMs >= TIMERS.blockKept) this.blocks.delete(hash);
      else offer(block, connection);
    }
  }

  /** The daemon asks for something; whatever is no block of ours is not answered. */
  requested(entries: readonly { readonly type: number; readonly hash: string }[], connection: CoinConnection): void {
    const asked = new Set(entries.filter(({ type }) => (type & ~FLAG_WITNESS) === INVENTORY.block).map((e) => e.hash));
    for (const hash of asked) {
      const kept = this.blocks.get(hash);
      if (kept !== undefined && this.mayAsk(hash, connection)) connection.send("block", { raw: kept.block.raw });
    }
  }

  /** A block is long, and its checksum takes milliseconds. */
  private mayAsk(hash: string, connection: CoinConnection): boolean {
    const given = this.given.get(connection) ?? new Map<string, number>();
    this.given.set(connection, given);
    const times = given.get(hash) ?? 0;
    given.set(hash, times + 1);
    return times < LIMITS.answersOfBlock;
  }

  /** Daemons that fetch headers before blocks ask so after they were told of a block. */
  headersRequested(stop: string | null, connection: CoinConnection): void {
    const kept = stop === null ? undefined : this.blocks.get(stop);
    if (kept !== undefined) connection.send("headers", { headers: [headerOf(kept.block)] });
  }
}

function offer({ hash, raw }: OwnBlock, connection: CoinConnection): boolean {
  const { hello } = connection;
  if (hello === null) return false;
  if (TAKES_NO_GIFTS.test(hello.userAgent)) connection.send("inv", { entries: [{ type: INVENTORY.block, hash }] });
  else connection.send("block", { raw });
  return true;
}

function headerOf({ raw }: OwnBlock): BlockHeader {
  return blockHeader.read(new Reader(raw));
}
