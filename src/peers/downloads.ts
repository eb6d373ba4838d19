import type { Random } from "../core/random.js";
import type { Clock, Timer } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import type { ShareNode, WantedShare } from "../sharechain/index.js";
import { pick, randomBelow, shuffled } from "./chance.js";
import { DownloadMemory } from "./download-memory.js";
import { RequestError } from "./errors.js";
import { LIMITS, TIMERS } from "./limits.js";
import type { Peer } from "./peer.js";
import type { ShareIntake } from "./share-intake.js";
import type { ShareSource } from "./share-source.js";

export interface DownloadsOptions {
  readonly source: ShareSource;
  readonly intake: ShareIntake;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly peers: () => readonly Peer[];
}

/** Parents asked for: at random, so that an answer that is too long is not so for ever (spec/06 §7.2). */
const PARENTS = 500;
const PARENTS_SYNCING = 250;
/** How often a peer that should have a share is asked for it first; else anybody, so that nobody can hold us up. */
const PREFERENCE = 0.75;
const STOP_DEPTH = 10;

/**
 * Fetches what the chain misses (spec/06 §7.2, §7.3): a few requests at a time, each to another peer and for another share.
 * Driven by events: what is wanted changed, a peer came, an answer was dealt with.
 */
export class Downloads {
  private readonly options: DownloadsOptions;
  private readonly memory = new DownloadMemory();
  /** By wanted hash. */
  private readonly running = new Map<string, Peer>();
  private readonly announced = new Set<string>();
  /** Parents that a peer managed to send at most. */
  private readonly peerParents = new WeakMap<Peer, number>();
  private timer: Timer | null = null;
  private isRunning = false;

  constructor(options: DownloadsOptions) {
    this.options = options;
  }

  start(): void {
    this.isRunning = true;
    this.go();
  }

  stop(): void {
    this.isRunning = false;
    this.timer?.cancel();
    this.timer = null;
  }

  /** Requests under way. */
  get size(): number {
    return this.running.size;
  }

  /** Begins as many requests as there is cause and room for. */
  go(): void {
    if (!this.isRunning) return;
    this.timer?.cancel();
    this.timer = null;
    const { source, clock, random } = this.options;
    const nowMs = clock.monotonicMs();
    const wanted = source.wanted().filter(({ id }) => source.get(id) === undefined && !this.running.has(id));
    for (const share of shuffled(random, wanted)) {
      if (this.running.size >= LIMITS.downloads) return;
      if (this.running.has(share.id) || !this.memory.mayAsk(share.id, nowMs)) continue;
      const peer = this.choosePeer(share, nowMs);
      if (peer !== undefined) void this.fetch(share, peer);
    }
    this.wakeFor(wanted, nowMs);
  }

  /** A peer named its best share; if it is unknown, it is fetched from there (spec/06 §7.3). */
  async fetchAnnounced(peer: Peer, id: string): Promise<void> {
    const { source, intake } = this.options;
    if (source.get(id) !== undefined || this.announced.size >= LIMITS.announcedHeads || this.announced.has(id)) return;
    this.announced.add(id);
    try {
      const shares = await peer.request({ hashes: [id], parents: 0n, stops: [] });
      await intake.asked(peer, shares, [id]);
    } catch (error) {
      // A time-out has closed the connection; nothing else is held against anybody.
      if (!(error instanceof RequestError)) this.unexpected(error);
    } finally {
      this.announced.delete(id);
    }
  }

  private choosePeer({ id, peer: source }: WantedShare, nowMs: number): Peer | undefined {
    const { random, peers } = this.options;
    const busy = new Set(this.running.values());
    const willing = peers().filter((peer) => !busy.has(peer) && this.memory.mayAskPeer(id, peer.id, nowMs));
    const free = this.memory.untried(id, willing);
    const likely = free.filter((peer) => peer.id === source || peer.bestShare === id);
    return (
      (likely.length > 0 && random.uniform() < PREFERENCE ? pick(random, likely) : undefined) ?? pick(random, free)
    );
  }

  private async fetch({ id, peer: source }: WantedShare, peer: Peer): Promise<void> {
    const { clock, intake, peers } = this.options;
    const { memory } = this;
    const parents = this.parents(id, peer);
    this.running.set(id, peer);
    try {
      const shares = await peer.request({ hashes: [id], parents: BigInt(parents), stops: this.stops() });
      const { good, fresh } = await intake.asked(peer, shares, [id]);
      const nowMs = clock.monotonicMs();
      if (fresh > 0) memory.useful(id, nowMs);
      else memory.useless(id, peer.id, peers().length, nowMs);
      const mustHaveIt = peer.id === source || peer.bestShare === id;
      if (good === 0 && mustHaveIt && memory.empty(id, peer.id, nowMs)) {
        peer.offend("empty-reply", "has nothing of what it announced");
      }
    } catch (error) {
      if (!(error instanceof RequestError)) this.unexpected(error);
      this.failed(id, peer, parents, error);
    } finally {
      this.running.delete(id);
      this.go();
    }
  }

  private unexpected(error: unknown): void {
    this.options.log.error({ err: error }, "a download failed");
  }

  private failed(id: string, peer: Peer, parents: number, error: unknown): void {
    const { clock, peers } = this.options;
    const code = error instanceof RequestError ? error.code : null;
    if (code === "REQUEST_TOO_LONG" || code === "REQUEST_TIMEOUT") this.memory.halveParents(id, parents);
    if (code === "REQUEST_TOO_LONG") this.peerParents.set(peer, Math.floor(parents / 2));
    // With nobody else to ask it would be asked again in the same moment.
    this.memory.useless(id, peer.id, peers().length, clock.monotonicMs());
  }

  private parents(id: string, peer: Peer): number {
    const { source, random } = this.options;
    const least = source.isSyncing() ? PARENTS_SYNCING : 0;
    const drawn = least + randomBelow(random, PARENTS - least);
    return Math.min(drawn, this.memory.maxParents(id), this.peerParents.get(peer) ?? PARENTS);
  }

  /** Heads first, then what is a little below them: a download ends where it meets what is here. */
  private stops(): string[] {
    const heads = [...this.options.source.heads()];
    const below = heads.map(ancestorBelow);
    return [...new Set([...heads.map(({ id }) => id), ...below])].slice(0, LIMITS.stops);
  }

  /** Looks again when something may be asked for again, and now and then: a peer may be asked again too. */
  private wakeFor(wanted: readonly WantedShare[], nowMs: number): void {
    const waiting = wanted.map(({ id }) => id).filter((id) => !this.running.has(id));
    if (waiting.length === 0) return;
    const nextMs = this.memory.nextMs(waiting, nowMs) ?? Number.POSITIVE_INFINITY;
    const delayMs = Math.min(nextMs - nowMs, TIMERS.downloadIdle);
    this.timer = this.options.clock.after(delayMs, () => this.go());
  }
}

function ancestorBelow(head: ShareNode): string {
  return head.ancestor(Math.min(Math.max(0, head.height - 1), STOP_DEPTH))!.id;
}
