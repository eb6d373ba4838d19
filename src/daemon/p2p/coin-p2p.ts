import { INVENTORY } from "../../bitcoin/coin-messages.js";
import { BoundedSet } from "../../core/bounded.js";
import { errorMessage } from "../../core/errors.js";
import type { Random } from "../../core/random.js";
import { TokenBucket } from "../../core/token-bucket.js";
import { type Clock, sleep, type Timer } from "../../platform/clock.js";
import type { Logger } from "../../platform/log.js";
import type { Link, Transport } from "../../platform/transport.js";
import { CoinConnection, type CoinHello, type CoinMessage } from "./coin-connection.js";
import { HeaderRequestError, HeaderRequests } from "./header-requests.js";
import { type KnownHeader, knownHeader } from "./known-header.js";
import { LIMITS, TIMERS } from "./limits.js";
import { type OwnBlock, OwnBlocks } from "./own-blocks.js";

export interface CoinP2pOptions {
  /** A coin daemon's P2P port. */
  readonly host: string;
  readonly port: number;
  /** The coin's magic bytes. */
  readonly prefix: Uint8Array;
  /** Largest block of the coin, stripped: it bounds payloads. */
  readonly blockMaxSize: number;
  readonly transport: Transport;
  /** Addresses of a name; an address is its own. */
  readonly resolve: (name: string) => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly userAgent: string;
  /** A block that was not announced on this connection before. Blocks of ours come back, too. */
  readonly onBlock: (hash: string) => void;
  /** Headers that the daemon sent, asked for or not. */
  readonly onHeader: (header: KnownHeader) => void;
}

const MAX_PAYLOAD_BYTES = 32_000_000;
/** Of the delay, either way. */
const JITTER = 0.12;
/** Blocks in a row that the daemon has and did not announce: the connection is made anew (spec/09 §10). */
const SILENT_BLOCKS = 2;
/** A block that was the tip for less may have gone unannounced: daemons tell of their newest only. */
const TIP_LIFE_MS = 2_000;

/**
 * The coin daemon's own P2P protocol, kept up for ever (spec/07 §5): tells of new blocks, fetches headers, and is the second
 * way for our blocks.
 *
 * Life: nothing happens before `start`; after `stop` has resolved no connection or timer of it is left. Not started twice.
 */
export class CoinP2p {
  /** Resolves when there was a connection, or none could be made. */
  readonly firstAttempt: Promise<void>;
  private readonly options: CoinP2pOptions;
  private readonly requests: HeaderRequests;
  private readonly ownBlocks: OwnBlocks;
  private readonly announced = new BoundedSet<string>(LIMITS.announcements);
  private readonly news: TokenBucket;
  private readonly ending = new AbortController();
  private connection: CoinConnection | null = null;
  /** The daemon's tip; the first one of a connection was there before it. */
  private tip: { readonly hash: string; readonly sinceMs: number; readonly isFirst: boolean } | null = null;
  private unannounced = 0;
  private loop: Promise<void> | null = null;
  private delayMs: number = TIMERS.reconnectLeast;
  private downSinceMs: number;
  private hasWarned = false;
  private lastReason = "not connected yet";
  private tried!: () => void;

  constructor(options: CoinP2pOptions) {
    this.options = options;
    this.requests = new HeaderRequests({ clock: options.clock });
    this.ownBlocks = new OwnBlocks({ clock: options.clock });
    this.downSinceMs = options.clock.monotonicMs();
    this.news = new TokenBucket(LIMITS.blocks, this.downSinceMs);
    this.firstAttempt = new Promise((resolve) => {
      this.tried = resolve;
    });
  }

  /** `host:port`, for people. */
  get name(): string {
    const { host, port } = this.options;
    return `${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /** What the daemon says of itself; null while there is no connection. */
  get hello(): CoinHello | null {
    return this.connection?.hello ?? null;
  }

  start(): void {
    this.loop ??= this.keepConnected();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    this.connection?.closeGently();
    await this.loop;
    this.requests.failAll();
  }

  /** Leaves at once if there is a connection, and on the next ones until it is settled. */
  sendBlock(block: OwnBlock): void {
    // The daemon will not tell who told it.
    this.announced.add(block.hash);
    this.ownBlocks.send(block, this.connection);
  }

  /** A block of ours has arrived by whatever way, or was refused. */
  blockSettled(hash: string): void {
    this.ownBlocks.settled(hash);
  }

  /** @throws HeaderRequestError */
  async header(hash: string): Promise<KnownHeader> {
    const { connection } = this;
    if (connection === null || connection.hello === null) {
      throw new HeaderRequestError(`header ${hash}: ${this.lastReason}`, { code: "COIN_HEADER_NO_CONNECTION" });
    }
    // With no locator a daemon gives just the header of the stop hash.
    return this.requests.ask(hash, () => connection.send("getheaders", { version: 1, locator: [], stop: hash }));
  }

  /** The daemon's tip, as its templates say: a connection that never announces what comes is of no use. */
  tipIs(hash: string): void {
    const { connection, tip } = this;
    if (connection?.hello == null || tip?.hash === hash) return;
    const nowMs = this.options.clock.monotonicMs();
    this.tip = { hash, sinceMs: nowMs, isFirst: tip === null };
    if (tip === null || tip.isFirst || nowMs - tip.sinceMs < TIP_LIFE_MS) return;
    this.unannounced = this.announced.has(tip.hash) ? 0 : this.unannounced + 1;
    if (this.unannounced < SILENT_BLOCKS) return;
    this.options.log.warn({ daemon: this.name }, "the coin daemon does not announce its blocks: connecting anew");
    connection.close("it does not announce its blocks");
  }

  private async keepConnected(): Promise<void> {
    const { clock, random } = this.options;
    const { signal } = this.ending;
    while (!signal.aborted) {
      const reason = await this.connectOnce();
      this.tried();
      if (signal.aborted) return;
      this.isDown(reason);
      await sleep(clock, this.delayMs * (1 + JITTER * (2 * random.uniform() - 1)), signal);
      this.delayMs = Math.min(2 * this.delayMs, TIMERS.reconnectMost);
    }
  }

  private isDown(reason: string): void {
    const { clock, log } = this.options;
    this.lastReason = reason;
    log.debug({ daemon: this.name, reason }, "no P2P connection with the coin daemon");
    if (this.hasWarned || clock.monotonicMs() - this.downSinceMs < TIMERS.downWarning) return;
    this.hasWarned = true;
    log.warn(
      { daemon: this.name, reason },
      "no P2P connection with the coin daemon for a minute: new blocks come later",
    );
  }

  /** One connection from its beginning to its end; why it ended. */
  private async connectOnce(): Promise<string> {
    let link: Link;
    try {
      link = await this.dial();
    } catch (error) {
      return errorMessage(error);
    }
    return new Promise((resolve) => {
      const { clock, prefix, blockMaxSize, random, userAgent } = this.options;
      let sweeping: Timer | null = null;
      const connection = new CoinConnection({
        link,
        prefix,
        maxPayloadBytes: Math.max(MAX_PAYLOAD_BYTES, 2 * blockMaxSize),
        clock,
        random,
        userAgent,
        onEstablished: (hello) => this.established(connection, hello),
        onMessage: (message) => this.received(connection, message),
        onClosed: (reason) => {
          sweeping?.cancel();
          if (this.connection === connection) this.lost();
          resolve(reason);
        },
      });
      this.connection = connection;
      sweeping = clock.every(TIMERS.sweep, () => connection.sweep());
      if (this.ending.signal.aborted) connection.close("we stop");
    });
  }

  private async dial(): Promise<Link> {
    const { host, port, resolve, transport } = this.options;
    const { signal } = this.ending;
    // Each time: a container's address changes when it is made anew.
    let last: unknown = new Error(`${host} has no address`);
    for (const address of await resolve(host)) {
      signal.throwIfAborted();
      try {
        return await transport.connect({ host: address, port }, { timeoutMs: TIMERS.connect, signal });
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }

  private established(connection: CoinConnection, hello: CoinHello): void {
    const { log } = this.options;
    this.tried();
    this.delayMs = TIMERS.reconnectLeast;
    const level = this.hasWarned ? "warn" : "info";
    this.hasWarned = false;
    log[level]({ daemon: this.name, software: hello.userAgent }, "connected with the coin daemon over its P2P port");
    this.ownBlocks.sendAgain(connection);
  }

  private lost(): void {
    this.connection = null;
    this.downSinceMs = this.options.clock.monotonicMs();
    this.tip = null;
    this.unannounced = 0;
    this.requests.failAll();
  }

  private received(connection: CoinConnection, message: CoinMessage): void {
    switch (message.command) {
      case "inv": {
        const blocks = message.payload.entries.filter(({ type }) => type === INVENTORY.block);
        for (const { hash } of blocks.slice(-LIMITS.blocksOfList)) this.blockAnnounced(hash);
        return;
      }
      case "headers":
        this.headers(message.payload.headers.map(knownHeader));
        return;
      case "getdata":
        this.ownBlocks.requested(message.payload.entries, connection);
        return;
      case "getheaders":
        this.ownBlocks.headersRequested(message.payload.stop, connection);
    }
  }

  private headers(headers: readonly KnownHeader[]): void {
    let wasAsked = false;
    for (const header of headers) {
      wasAsked = this.requests.answer(header) || wasAsked;
      this.options.onHeader(header);
    }
    // Some daemons announce blocks so without being asked to.
    const newest = headers.at(-1);
    if (!wasAsked && newest !== undefined) this.blockAnnounced(newest.hash);
  }

  private blockAnnounced(hash: string): void {
    if (this.announced.has(hash)) return;
    this.announced.add(hash);
    if (!this.news.take(this.options.clock.monotonicMs())) return;
    this.options.onBlock(hash);
  }
}
