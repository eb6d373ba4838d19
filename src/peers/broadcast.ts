import { BoundedSet } from "../core/bounded.js";
import type { Clock, Timer } from "../platform/clock.js";
import type { ShareNode } from "../sharechain/index.js";
import { LIMITS, TIMERS } from "./limits.js";
import type { Peer } from "./peer.js";
import { wrapped } from "./share-server.js";
import type { ShareSource } from "./share-source.js";
import type { TransactionRelay } from "./transaction-relay.js";
import { encodeFrames } from "./wire/encode.js";

export interface BroadcastOptions {
  readonly source: ShareSource;
  readonly clock: Clock;
  readonly prefix: Uint8Array;
  readonly relay: TransactionRelay;
  readonly each: (action: (peer: Peer) => void) => void;
  readonly isHeldBack: (id: string) => boolean;
}

/**
 * Spreads shares that have become part of the best chain, each once (spec/06 §7.1). Only verified ones come here. Shares that
 * are held back are passed over, until somebody comes back with them or with what stands on them.
 */
export class Broadcast {
  private readonly options: BroadcastOptions;
  private readonly announced = new BoundedSet<string>(LIMITS.deliveries);
  private readonly timers = new Set<Timer>();

  constructor(options: BroadcastOptions) {
    this.options = options;
  }

  /** What is held at the start counts as spread. */
  start(): void {
    const { source } = this.options;
    for (const head of source.heads()) {
      for (const { id } of head.chain(Math.min(LIMITS.broadcastShares, head.height))) this.announced.add(id);
    }
  }

  stop(): void {
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
  }

  /** The newest shares from here down that were not spread before, newest first; they count as spread now. */
  spread(from: ShareNode, isUrgent: boolean): ShareNode[] {
    const shares: ShareNode[] = [];
    for (const node of from.chain(Math.min(LIMITS.broadcastShares, from.height))) {
      if (this.announced.has(node.id)) break;
      if (this.options.isHeldBack(node.id)) continue;
      this.announced.add(node.id);
      shares.push(node);
    }
    this.send(shares, isUrgent);
    return shares;
  }

  /**
   * A share that solves a block, whether or not it is on the best chain: at once, and once more for who came meanwhile. Not
   * while it is held back.
   */
  block(node: ShareNode): void {
    if (this.options.isHeldBack(node.id)) return;
    const shares = this.spread(node, true);
    const timer = this.options.clock.after(TIMERS.secondBlockBroadcast, () => {
      this.timers.delete(timer);
      this.send(shares.length > 0 ? shares : [node], true);
    });
    this.timers.add(timer);
  }

  /** To one peer that has just come, what became best after we named our best share to it. */
  toNewcomer(peer: Peer, node: ShareNode): void {
    if (!this.options.isHeldBack(node.id)) this.sendTo(peer, [node], false, new Map());
  }

  private send(shares: readonly ShareNode[], isUrgent: boolean): void {
    if (shares.length === 0) return;
    const encoded = new Map<string, readonly Uint8Array[]>();
    this.options.each((peer) => this.sendTo(peer, shares, isUrgent, encoded));
  }

  /** What the peer does not have yet; nothing if that is nothing (spec/06 §6.8). Frames are made once for all peers. */
  private sendTo(
    peer: Peer,
    shares: readonly ShareNode[],
    isUrgent: boolean,
    encoded: Map<string, readonly Uint8Array[]>,
  ): void {
    const missing = shares.filter(({ id }) => !peer.knows.has(id));
    if (missing.length === 0) return;
    const key = missing.map(({ id }) => id).join();
    let frames = encoded.get(key);
    if (frames === undefined) {
      frames = encodeFrames(this.options.prefix, "shares", { shares: missing.map(wrapped) });
      encoded.set(key, frames);
    }
    const toSend = frames;
    const isSent = this.options.relay.around(peer, missing, () => peer.sendFrames(toSend, isUrgent));
    if (isSent) for (const { id } of missing) peer.knows.add(id);
  }
}
